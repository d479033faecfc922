variable "project_id" {
  type        = string
  description = "Project of the service."
}

variable "region" {
  type        = string
  description = "Region of the service."
}

variable "name" {
  type        = string
  description = "Name of the service, at most 49 characters."

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$", var.name))
    error_message = "A service's name has at most 49 lower-case letters, digits and dashes and begins with a letter."
  }
}

variable "image" {
  type        = string
  description = "The image, by digest."

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "An image is named by digest: NAME@sha256: and 64 hexadecimal digits."
  }
}

variable "service_account" {
  type        = string
  description = "E-mail address of the service's own identity."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*@[a-z0-9-]+\\.iam\\.gserviceaccount\\.com$", var.service_account))
    error_message = "Give an account of the service's own, NAME@PROJECT.iam.gserviceaccount.com: Google's default accounts may do far more."
  }
}

variable "encryption_key" {
  type        = string
  description = "Full name of the KMS key of the deployed image."

  validation {
    condition     = can(regex("^projects/[^/]+/locations/${var.region}/keyRings/[^/]+/cryptoKeys/[^/]+$", var.encryption_key))
    error_message = "Give a key in the service's region: projects/P/locations/REGION/keyRings/R/cryptoKeys/K."
  }
}

variable "ingress" {
  type        = string
  description = "From where requests may come, as Cloud Run names it."

  validation {
    condition     = contains(["INGRESS_TRAFFIC_ALL", "INGRESS_TRAFFIC_INTERNAL_ONLY", "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"], var.ingress)
    error_message = "Use INGRESS_TRAFFIC_ALL, INGRESS_TRAFFIC_INTERNAL_ONLY or INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER."
  }
}

variable "audience" {
  type        = string
  description = "The `aud` of ID tokens for this service."
}

variable "platform_audiences" {
  type        = list(string)
  default     = []
  description = "What else the platform lets in as `aud`. The service itself believes none of it."
}

variable "vpc" {
  type        = object({ network = string, subnetwork = string })
  default     = null
  description = "The network through which everything leaves; the internet if absent."
}

variable "canary" {
  type        = object({ stable_revision = string, percent = number })
  default     = null
  description = "Which revision served before, and the percentage of requests for the new one; absent, the new one gets all."

  validation {
    condition     = var.canary == null ? true : var.canary.percent >= 0 && var.canary.percent <= 100 && floor(var.canary.percent) == var.canary.percent
    error_message = "canary.percent is a whole number from 0 to 100."
  }
}

variable "protected" {
  type        = bool
  description = "Whether Terraform refuses to delete the service."
}

variable "threads" {
  type        = number
  description = "Requests at a time of one instance: the server's threads and Cloud Run's concurrency."

  validation {
    condition     = var.threads >= 1 && var.threads <= 1000 && floor(var.threads) == var.threads
    error_message = "threads is a whole number from 1 to 1000, Cloud Run's limit."
  }
}

variable "cpu" {
  type        = string
  description = "vCPUs of one instance."
}

variable "memory" {
  type        = string
  description = "Memory of one instance, as 512Mi."
}

variable "min_instances" {
  type        = number
  description = "Instances that always run."
}

variable "max_instances" {
  type        = number
  description = "The most instances there may be."

  validation {
    condition     = var.max_instances >= 1 && var.max_instances >= var.min_instances && floor(var.max_instances) == var.max_instances
    error_message = "max_instances is a whole number of at least 1 and not below min_instances."
  }
}

variable "ready_path" {
  type        = string
  description = "Path that answers 200 once the instance can work."

  validation {
    condition     = can(regex("^/.*[^z]$", var.ready_path))
    error_message = "Give a path such as /health/ready; Cloud Run keeps paths that end in z for itself."
  }
}

variable "environment" {
  type        = map(string)
  description = "The service's settings, without those that this module knows."
}
