# project_id, region and foundation come from terraform/foundation.auto.tfvars.json, as for the pipeline.
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
  description = "Region of the services, for example europe-west1."

  validation {
    condition     = contains(jsondecode(file("${path.module}/../regions.json")).regions, var.region)
    error_message = "Unknown region. Take one of https://cloud.google.com/run/docs/locations; one that is newer than terraform/regions.json is added there."
  }
}

variable "foundation" {
  type        = object({ accounts = object({ smoke = string }) })
  description = "What terraform/bootstrap/ made; of it, who makes smoke tests."

  validation {
    condition     = endswith(var.foundation.accounts.smoke, "@${var.project_id}.iam.gserviceaccount.com")
    error_message = "foundation.accounts.smoke is a service account of this project: run make bootstrap, and give terraform/foundation.auto.tfvars.json with -var-file."
  }
}

variable "service_names" {
  type = object({
    api      = optional(string, "data-api")
    function = optional(string, "pubsub-to-bigquery")
  })
  default     = {}
  description = "The names of the two Cloud Run services, as the pipeline has them."

  validation {
    condition     = alltrue([for name in values(var.service_names) : can(regex("^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$", name))])
    error_message = "A service's name has at most 49 lower-case letters, digits and dashes and begins with a letter."
  }
}

variable "domain" {
  type        = string
  default     = null
  description = "The load balancer's host name where the pipeline has api_ingress = \"load_balancer\"; else the API is asked at Cloud Run's own address."

  validation {
    condition     = var.domain == null ? true : can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$", var.domain))
    error_message = "Give a host name in small letters, for example data.example.com: no https://, no path, no port, no wildcard and no dot at the end."
  }
}

variable "notify" {
  type        = object({ page = list(string), ticket = list(string) })
  description = "Who is told: `page` of what cannot wait, `ticket` of what can. E-mail addresses, or channels that are there already, as projects/PROJECT/notificationChannels/NUMBER."

  validation {
    condition     = alltrue([for told in values(var.notify) : length(told) >= 1 && length(told) == length(distinct(told))])
    error_message = "Name somebody for page and for ticket, each once: an alert that nobody gets is none."
  }

  # Sixteen channels are the most that a policy takes.
  # Source: https://cloud.google.com/monitoring/quotas
  validation {
    condition     = alltrue([for told in values(var.notify) : length(told) <= 16])
    error_message = "An alert tells at most 16 channels: use a group's address."
  }

  validation {
    condition = alltrue([
      for each in concat(var.notify.page, var.notify.ticket) :
      can(regex("^[^@\\s,/]+@[^@\\s,/]+\\.[^@\\s,/]+$", each)) || can(regex("^projects/${var.project_id}/notificationChannels/[0-9]+$", each))
    ])
    error_message = "Each is an e-mail address, or a channel of this project, as `gcloud beta monitoring channels list --format='value(name)'` prints it. A webhook's or a pager's key has no place here: it would be in the state."
  }
}
