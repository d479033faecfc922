# Who is told what, and when. A person applies it, as bootstrap: whoever could change an alert could
# silence the one about themselves, so no release identity can (docs/decisions/0011-monitoring.md).
terraform {
  required_version = ">= 1.11.0"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.45.0, < 8.0.0"
    }
  }

  # Beside bootstrap's own state, where CI reaches nothing:
  # `terraform init -backend-config=bucket=... -backend-config=prefix=monitoring`.
  backend "gcs" {}
}

provider "google" {
  project = var.project_id
  region  = var.region

  # A person's own credentials carry no project to which calls could be counted.
  billing_project       = var.project_id
  user_project_override = true
}

locals {
  # What alerts, metrics and objectives are written in, for readers and tools that know no Terraform.
  folder = "${path.module}/../../monitoring"
}
