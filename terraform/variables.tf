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

variable "foundation" {
  type = object({
    project_number    = string
    network_perimeter = bool
    data_location     = string
    data_owner        = string
    operators         = list(string)
    registry          = string
    keys              = object({ topics = string, tables = string, services = string })
    accounts          = object({ api = string, function = string, push = string, smoke = string })
    roles             = object({ table_reader = string, table_writer = string })
  })
  description = "What terraform/bootstrap/ made: its output pipeline_variables. `make bootstrap` writes it to terraform/foundation.auto.tfvars.json."

  validation {
    condition = alltrue([
      for key, location in {
        topics   = var.region
        services = var.region
        tables   = lookup({ EU = "europe", US = "us" }, var.foundation.data_location, var.foundation.data_location)
      } : can(regex("^projects/[^/]+/locations/${location}/keyRings/[^/]+/cryptoKeys/[^/]+$", var.foundation.keys[key]))
    ])
    error_message = "A key must be where its data is: topics and services in the region, tables in the data location (EU is `europe` to KMS, US is `us`). Run make bootstrap with this region and data location."
  }

  validation {
    condition     = can(regex("^[1-9][0-9]{0,18}$", var.foundation.project_number))
    error_message = "foundation.project_number is this project's number: gcloud projects describe PROJECT_ID --format='value(projectNumber)'. With another one, another project's Pub/Sub would get the grants."
  }

  validation {
    condition = alltrue([
      for role in values(var.foundation.roles) : can(regex("^projects/${var.project_id}/roles/[A-Za-z0-9_.]+$", role))
    ])
    error_message = "foundation.roles are bootstrap's custom roles of this project, projects/PROJECT/roles/NAME: Google's own roles on a table hold far more."
  }

  validation {
    condition = alltrue([
      for account in values(var.foundation.accounts) : endswith(account, "@${var.project_id}.iam.gserviceaccount.com")
    ])
    error_message = "foundation.accounts are e-mail addresses of service accounts of this project, as bootstrap's output has them; a key file has no place here."
  }

  validation {
    condition     = length(distinct(values(var.foundation.accounts))) == length(values(var.foundation.accounts))
    error_message = "API, function, push and smoke each need a service account of their own."
  }

  validation {
    condition     = startswith(var.foundation.registry, "${var.region}-docker.pkg.dev/${var.project_id}/")
    error_message = "foundation.registry is bootstrap's repository in this region and project: REGION-docker.pkg.dev/PROJECT/images."
  }

  validation {
    condition     = can(regex("^(group|user):[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", var.foundation.data_owner))
    error_message = "foundation.data_owner is a group or a person, for example group:data-owners@example.com."
  }

  validation {
    condition     = alltrue([for member in var.foundation.operators : can(regex("^(group|user):[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", member))])
    error_message = "Each of foundation.operators is a group or a person, for example group:operators@example.com."
  }
}

variable "images" {
  type        = map(string)
  default     = {}
  description = "The signed image of each service, by digest: { api = \"REGION-docker.pkg.dev/PROJECT/images/data-api@sha256:...\", function = ... }. Empty until the first one is signed."

  validation {
    condition     = length(setsubtract(keys(var.images), ["api", "function"])) == 0
    error_message = "images has the keys api and function."
  }

  validation {
    condition = alltrue([
      for image in values(var.images) :
      startswith(image, "${var.foundation.registry}/") && can(regex("/[a-z0-9][a-z0-9._/-]*@sha256:[0-9a-f]{64}$", image))
    ])
    error_message = "An image is in foundation.registry and named by digest, NAME@sha256: and 64 hexadecimal digits. A tag can be moved to an image that nobody signed."
  }
}

variable "canary" {
  type = map(object({
    stable_revision = string
    percent         = number
  }))
  default     = {}
  description = "While a release is on its way, for each service: which revision served before, and the percentage of requests that the revision of `images` gets. 0 leaves the candidate reachable under its tag alone."

  validation {
    condition     = length(setsubtract(keys(var.canary), keys(var.images))) == 0
    error_message = "canary names services that have an image in images: api, function."
  }

  validation {
    condition = alltrue([
      for canary in values(var.canary) : canary.percent >= 0 && canary.percent <= 100 && floor(canary.percent) == canary.percent
    ])
    error_message = "canary.percent is a whole number from 0 to 100; the rest goes to stable_revision."
  }

  validation {
    condition = alltrue([
      for service, canary in var.canary :
      can(regex("^${ { api = var.service_names.api, function = var.service_names.function }[service]}-[0-9a-f]{12}$", canary.stable_revision))
    ])
    error_message = "canary.stable_revision is the revision that serves now, as the output `revisions` had it before: the service's name, a dash and 12 hexadecimal digits."
  }
}

variable "serving" {
  type        = bool
  default     = true
  description = "false on the very first deployment: the services are up and only the smoke test may call them; nothing is subscribed. true from the plan that a person approves after the smoke test."
}

variable "monitored" {
  type        = bool
  default     = false
  description = "Whether the uptime check of terraform/monitoring/ may ask for the API's health. true once that root was applied: Google makes the check's identity with the first check, and nobody can be let in before they are there."
}

variable "service_names" {
  type = object({
    api      = optional(string, "data-api")
    function = optional(string, "pubsub-to-bigquery")
  })
  default     = {}
  description = "The names of the two Cloud Run services."

  validation {
    condition     = alltrue([for name in values(var.service_names) : can(regex("^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$", name))])
    error_message = "A service's name has at most 49 lower-case letters, digits and dashes and begins with a letter (Cloud Run's rule; a revision adds 13)."
  }

  validation {
    condition     = var.service_names.api != var.service_names.function
    error_message = "The two services need different names."
  }
}

variable "callers" {
  type        = list(string)
  default     = []
  description = "Who may call GET /data: serviceAccount:... or user:..., each one by one, since the API checks the same list."

  validation {
    condition     = alltrue([for member in var.callers : can(regex("^(serviceAccount|user):[^@,\\s]+@[^@,\\s]+\\.[^@,\\s]+$", member))])
    error_message = "Name each caller, for example serviceAccount:reader@project.iam.gserviceaccount.com. allUsers and allAuthenticatedUsers would publish the data, and the API cannot see into a group or a domain."
  }

  validation {
    condition     = length(distinct([for member in var.callers : lower(member)])) == length(var.callers)
    error_message = "A caller is named twice."
  }
}

variable "publishers" {
  type        = list(string)
  default     = []
  description = "Who may publish to the topic: serviceAccount:..., user:... or group:..."

  validation {
    condition     = alltrue([for member in var.publishers : can(regex("^(serviceAccount|user|group):[^@,\\s]+@[^@,\\s]+\\.[^@,\\s]+$", member))])
    error_message = "Name each publisher, for example serviceAccount:sensor@project.iam.gserviceaccount.com; allUsers and allAuthenticatedUsers would let everybody write."
  }
}

variable "ingest_mode" {
  type        = string
  default     = "function"
  description = "function: pushes to pubsub-to-bigquery, which validates each message and keeps poison in quarantine. bigquery_subscription: Pub/Sub writes the table itself, for volumes past the function; what the table refuses goes to the dead letters."

  validation {
    condition     = contains(["function", "bigquery_subscription"], var.ingest_mode)
    error_message = "Use function or bigquery_subscription."
  }
}

variable "retention_days" {
  type = object({
    rows       = optional(number, 400)
    quarantine = optional(number, 30)
    messages   = optional(number, 7)
  })
  default     = {}
  description = "How long rows, quarantined messages and (for a replay) published messages are kept, in days."

  validation {
    condition = alltrue([
      for days in [var.retention_days.rows, var.retention_days.quarantine] : days >= 1 && days <= 36500 && floor(days) == days
    ])
    error_message = "retention_days.rows and .quarantine are whole days from 1 to 36500."
  }

  validation {
    condition     = var.retention_days.messages >= 1 && var.retention_days.messages <= 31 && floor(var.retention_days.messages) == var.retention_days.messages
    error_message = "retention_days.messages is 1 to 31 whole days: Pub/Sub keeps no message longer."
  }
}

variable "max_delivery_attempts" {
  type        = number
  default     = 20
  description = "Deliveries of a message before it goes to the dead letters. With pauses from 10 s doubling up to 600 s, 20 of them outlast an outage of two hours."

  validation {
    condition     = var.max_delivery_attempts >= 5 && var.max_delivery_attempts <= 100 && floor(var.max_delivery_attempts) == var.max_delivery_attempts
    error_message = "max_delivery_attempts is a whole number from 5 to 100 (Pub/Sub's limits)."
  }
}

variable "policy_tags" {
  type        = map(string)
  default     = {}
  description = "Columns that only readers of a policy tag may see: column name to projects/P/locations/L/taxonomies/T/policyTags/G. The API cannot query a column whose tag it may not read."

  validation {
    condition     = length(setsubtract(keys(var.policy_tags), local.columns)) == 0
    error_message = "policy_tags names columns of schema/example_table.json."
  }

  validation {
    condition     = alltrue([for tag in values(var.policy_tags) : can(regex("^projects/[^/]+/locations/[^/]+/taxonomies/[0-9]+/policyTags/[0-9]+$", tag))])
    error_message = "A policy tag's full name is projects/P/locations/L/taxonomies/T/policyTags/G, as `gcloud data-catalog taxonomies policy-tags list` prints it."
  }
}

variable "protected" {
  type        = bool
  default     = true
  description = "Whether Terraform refuses to delete tables, topic and services. docs/deploy.md says when to turn it off."
}
