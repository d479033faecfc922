# The pipeline: topic, subscription, tables, services. CI applies it with resource-level grants only;
# what could make CI more than it is lives in bootstrap/, which a person applies.
terraform {
  required_version = ">= 1.11.0"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.45.0, < 8.0.0"
    }
  }

  # `terraform init -backend-config=bucket=... -backend-config=prefix=pipeline`, as bootstrap's output
  # `backend` has them.
  backend "gcs" {}
}

provider "google" {
  project = var.project_id
  region  = var.region
}
