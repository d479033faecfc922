# What a person sets up once: identities, keys, registries, the rule that only signed images run.
# The pipeline's own root, one folder up, is applied by CI and can change none of it.
terraform {
  required_version = ">= 1.11.0"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.45.0, < 8.0.0"
    }
  }

  # The bucket is made here too, so the first state is a file: `make bootstrap` moves it.
  backend "gcs" {}
}

provider "google" {
  project = var.project_id
  region  = var.region

  # A person's own credentials carry no project to which calls could be counted.
  billing_project       = var.project_id
  user_project_override = true
}

data "google_project" "this" {
  project_id = var.project_id
}
