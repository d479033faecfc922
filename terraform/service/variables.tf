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
}

variable "encryption_key" {
  type        = string
  description = "Full name of the KMS key of the deployed image."
}

variable "ingress" {
  type        = string
  description = "From where requests may come, as Cloud Run names it."
}

variable "audience" {
  type        = string
  description = "The `aud` of ID tokens for this service."
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
}

variable "protected" {
  type        = bool
  description = "Whether Terraform refuses to delete the service."
}

variable "threads" {
  type        = number
  description = "Requests at a time of one instance: the server's threads and Cloud Run's concurrency."
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
}

variable "ready_path" {
  type        = string
  description = "Path that answers 200 once the instance can work."
}

variable "environment" {
  type        = map(string)
  description = "The service's settings, without those that this module knows."
}
