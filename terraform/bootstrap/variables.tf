variable "project_id" {
  type        = string
  description = "Id of the Google Cloud project that holds the pipeline and nothing else."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "Give the project's id (6 to 30 characters, as in `gcloud projects list`), not its name or number."
  }
}

variable "region" {
  type        = string
  description = "Region of everything that has one, for example europe-west1."

  validation {
    condition     = contains(local.regions, var.region)
    error_message = "Unknown region. Take one of https://cloud.google.com/run/docs/locations; one that is newer than terraform/regions.json is added there."
  }
}

variable "data_location" {
  type        = string
  default     = null
  description = "Where BigQuery keeps the rows: a region, or the multi-region EU or US. The region if absent."

  validation {
    condition = (
      var.data_location == null ? true : contains(concat(local.regions, ["EU", "US"]), var.data_location)
    )
    error_message = "Give a region such as europe-west1, or the multi-region EU or US in capitals."
  }
}

variable "suffix" {
  type        = string
  default     = "1"
  description = "Ends the names that Google never gives again after a deletion (keys, pool, buckets). Choose another one to set up anew in the same project."

  validation {
    condition     = can(regex("^[a-z0-9]{1,6}$", var.suffix))
    error_message = "Use 1 to 6 lower-case letters or digits."
  }
}

variable "repository" {
  type = object({
    name     = string
    id       = string
    owner_id = string
  })
  description = "The GitHub repository that may deploy: its name as owner/name, and the numeric ids of both. Ids are never given again; names can be taken over. `gh api repos/OWNER/NAME --jq '.id, .owner.id'` prints them."

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$", var.repository.name))
    error_message = "repository.name is owner/name, without https:// and without .git."
  }

  validation {
    condition     = alltrue([for id in [var.repository.id, var.repository.owner_id] : can(regex("^[1-9][0-9]{0,18}$", id))])
    error_message = "repository.id and repository.owner_id are GitHub's numeric ids: gh api repos/OWNER/NAME --jq '.id, .owner.id'."
  }
}

variable "data_owner" {
  type        = string
  description = "Who owns the dataset and may change who reads it: group:... or user:..., people and no machine."

  validation {
    condition     = can(regex("^(group|user):[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", var.data_owner))
    error_message = "Name a group or a person, for example group:data-owners@example.com. A service account would give a machine all rows."
  }
}

variable "operators" {
  type        = list(string)
  default     = []
  description = "Who may read the quarantine and the dead letters, as group:... or user:..."

  validation {
    condition     = alltrue([for member in var.operators : can(regex("^(group|user):[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", member))])
    error_message = "Each operator is a group or a person, for example group:operators@example.com; nobody of allUsers, allAuthenticatedUsers or a whole domain."
  }
}

variable "protected" {
  type        = bool
  default     = true
  description = "Whether Terraform refuses to delete keys, pool, policy, buckets and registries. docs/deploy.md says when to turn it off."
}

variable "key_protection_level" {
  type        = string
  default     = "SOFTWARE"
  description = "Where keys live: SOFTWARE, or HSM for a hardware module (about 16 times the price)."

  validation {
    condition     = contains(["SOFTWARE", "HSM"], var.key_protection_level)
    error_message = "Use SOFTWARE or HSM."
  }
}

variable "attestation_key_versions" {
  type        = list(number)
  default     = [1]
  description = "Versions of the attestation key whose signatures count, by number. Two while a new one takes over (docs/deploy.md)."

  validation {
    condition = (
      length(var.attestation_key_versions) >= 1
      && length(distinct(var.attestation_key_versions)) == length(var.attestation_key_versions)
      && alltrue([for version in var.attestation_key_versions : version >= 1 && floor(version) == version])
    )
    error_message = "Name at least one version by its number, each once, for example [1] or [1, 2]: without a key nothing would ever verify, and no service could be started."
  }
}

variable "kept_images" {
  type        = number
  default     = 30
  description = "How many versions of each image are kept for rollback, whatever their age."

  validation {
    condition     = var.kept_images >= 5 && var.kept_images <= 1000 && floor(var.kept_images) == var.kept_images
    error_message = "Keep a whole number from 5 to 1000: a rollback needs the image of the revision before."
  }
}

variable "network_perimeter" {
  type        = bool
  default     = false
  description = "Whether CI may also manage the pipeline's optional network: load balancer, VPC and DNS."
}

variable "column_tags" {
  type        = bool
  default     = false
  description = "Whether CI may put policy tags on columns (the pipeline's variable policy_tags)."
}

variable "billing_account" {
  type        = string
  default     = null
  description = "Billing account of the budget alert, as in `gcloud billing accounts list`; without one there is none. It needs a permission on the billing account."

  validation {
    condition     = var.billing_account == null ? true : can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "A billing account looks like 012345-6789AB-CDEF01."
  }
}

variable "monthly_budget" {
  type        = number
  default     = 100
  description = "The budget a month, in the billing account's currency. It warns at half, at nine tenths and when the whole is forecast; it stops nothing."

  validation {
    condition     = var.monthly_budget >= 1 && floor(var.monthly_budget) == var.monthly_budget
    error_message = "Give a whole amount of at least 1."
  }
}

variable "budget_channels" {
  type        = list(string)
  default     = []
  description = "Who is told of the budget besides: up to five channels as projects/PROJECT/notificationChannels/NUMBER, for example those of terraform/monitoring's output `channels`."

  # Source: https://cloud.google.com/billing/docs/how-to/budgets-notification-recipients#cloud-monitoring-channels
  validation {
    condition = length(var.budget_channels) <= 5 && alltrue([
      for channel in var.budget_channels : can(regex("^projects/${var.project_id}/notificationChannels/[0-9]+$", channel))
    ])
    error_message = "Give at most five channels of this project, as `gcloud beta monitoring channels list --format='value(name)'` prints them."
  }

  validation {
    condition     = length(var.budget_channels) == 0 || var.billing_account != null
    error_message = "Without billing_account there is no budget to tell of."
  }
}
