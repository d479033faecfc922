locals {
  regions = jsondecode(file("${path.module}/../regions.json")).regions
}

variable "project_id" {
  type        = string
  description = "Id of the Google Cloud project that holds the pipeline and nothing else."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "Give the project's id (6 to 30 characters, as in `gcloud projects list`), not its name or number."
  }
}

variable "project_number" {
  type        = string
  description = "Number of the same project, as bootstrap's output pipeline_variables has it."

  validation {
    condition     = can(regex("^[1-9][0-9]{0,18}$", var.project_number))
    error_message = "Give the number: gcloud projects describe PROJECT_ID --format='value(projectNumber)'."
  }
}

variable "organization_id" {
  type        = string
  description = "Number of the organization that the project belongs to."

  validation {
    condition     = can(regex("^[1-9][0-9]{0,18}$", var.organization_id))
    error_message = "Give the organization's number, as in `gcloud organizations list`, not its domain."
  }
}

variable "region" {
  type        = string
  description = "Region of the pipeline, the same as in terraform/."

  validation {
    condition     = contains(local.regions, var.region)
    error_message = "Unknown region. Take one of https://cloud.google.com/run/docs/locations; one that is newer than terraform/regions.json is added there."
  }
}

variable "data_location" {
  type        = string
  default     = null
  description = "Where BigQuery keeps the rows, the same as in bootstrap: a region, or the multi-region EU or US. The region if absent."

  validation {
    condition = (
      var.data_location == null ? true : contains(concat(local.regions, ["EU", "US"]), var.data_location)
    )
    error_message = "Give a region such as europe-west1, or the multi-region EU or US in capitals."
  }
}

variable "api_ingress" {
  type        = string
  default     = "all"
  description = "How callers reach the API, the same as in terraform/: all (its own address) or load_balancer."

  validation {
    condition     = contains(["all", "load_balancer"], var.api_ingress)
    error_message = "Use all or load_balancer, whichever terraform/ has: with another value here nobody reaches the API, or everybody goes round the load balancer."
  }
}

variable "egress" {
  type        = string
  default     = "internet"
  description = "Where the services' own connections go, the same as in terraform/: internet, or vpc (Google's APIs alone)."

  validation {
    condition     = contains(["internet", "vpc"], var.egress)
    error_message = "Use internet or vpc, whichever terraform/ has: with vpc here and internet there, Cloud Run refuses the services."
  }
}

variable "perimeter" {
  type        = string
  default     = "off"
  description = "VPC Service Controls around the project's data: off, dry_run (what would be refused is logged) or enforced. Stay at dry_run until a release and a nightly run left nothing in the log."

  validation {
    condition     = contains(["off", "dry_run", "enforced"], var.perimeter)
    error_message = "Use off, dry_run or enforced."
  }
}

variable "access_policy_id" {
  type        = string
  default     = null
  description = "Number of the access policy that holds the perimeter."

  validation {
    condition     = var.access_policy_id == null ? true : can(regex("^[1-9][0-9]{0,18}$", var.access_policy_id))
    error_message = "Give the policy's number, as in `gcloud access-context-manager policies list --organization=ORGANIZATION_ID`."
  }

  validation {
    condition     = var.perimeter == "off" || var.access_policy_id != null
    error_message = "A perimeter belongs to an access policy: set access_policy_id to the number that `gcloud access-context-manager policies list --organization=ORGANIZATION_ID` prints."
  }
}

variable "operators" {
  type        = list(string)
  default     = []
  description = "Who may work on the project through the perimeter, as user:... or group:...: whoever applies bootstrap, answers alerts or reads the quarantine. What each of them may do there, IAM says."

  validation {
    condition     = alltrue([for member in var.operators : can(regex("^(group|user):[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", member))])
    error_message = "Each operator is a group or a person, for example group:operators@example.com."
  }

  validation {
    condition     = var.perimeter == "off" || length(var.operators) > 0
    error_message = "A perimeter without a way in: no person could reach bucket, tables or services any more. Name at least one in operators, for example group:operators@example.com."
  }
}

variable "publishers" {
  type        = list(string)
  default     = []
  description = "Who publishes to the topic from outside of the perimeter, as in terraform/: serviceAccount:..., user:... or group:..."

  validation {
    condition     = alltrue([for member in var.publishers : can(regex("^(serviceAccount|user|group):[^@,\\s]+@[^@,\\s]+\\.[^@,\\s]+$", member))])
    error_message = "Name each publisher, for example serviceAccount:sensor@project.iam.gserviceaccount.com; a perimeter takes no principalSet, allUsers or allAuthenticatedUsers."
  }
}
