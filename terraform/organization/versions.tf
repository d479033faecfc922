# For who has an organization: what nobody inside of the project can lift, neither CI nor the project's
# owner. A person with roles/orgpolicy.policyAdmin on the organization applies it, and with
# roles/accesscontextmanager.policyEditor where there is a perimeter.
terraform {
  required_version = ">= 1.11.0"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.45.0, < 8.0.0"
    }
  }

  # Beside bootstrap's own state, where CI reaches nothing:
  # `terraform init -backend-config=bucket=... -backend-config=prefix=organization`.
  backend "gcs" {}
}

provider "google" {
  project = var.project_id
  region  = var.region

  # A person's own credentials carry no project to which calls could be counted.
  billing_project       = var.project_id
  user_project_override = true
}
