# Every name that a grant, a binding or the next root needs, written so that a plan shows it: what a
# person reviews are names, not "known after apply".
locals {
  regions        = jsondecode(file("${path.module}/../regions.json")).regions
  data_location  = coalesce(var.data_location, var.region)
  project_number = data.google_project.this.number
  project        = "projects/${var.project_id}"

  # A key lives where the data is that it protects; a multi-region has a name of its own in KMS.
  # Source: https://cloud.google.com/bigquery/docs/customer-managed-encryption#supported_regions
  data_key_location = lookup({ EU = "europe", US = "us" }, local.data_location, local.data_location)

  # Google's own identities that read or encrypt on the project's behalf.
  agents = {
    pubsub   = "serviceAccount:service-${local.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"
    registry = "serviceAccount:service-${local.project_number}@gcp-sa-artifactregistry.iam.gserviceaccount.com"
    run      = "serviceAccount:service-${local.project_number}@serverless-robot-prod.iam.gserviceaccount.com"
    storage  = "serviceAccount:service-${local.project_number}@gs-project-accounts.iam.gserviceaccount.com"
    bigquery = "serviceAccount:bq-${local.project_number}@bigquery-encryption.iam.gserviceaccount.com"
  }

  deletion_policy = var.protected ? "PREVENT" : "DELETE"
}

# Reading these two also makes them, as no other resource of this provider does; `make bootstrap`
# makes the other agents. They would be unknown in a plan, so their names are written above and compared.
data "google_storage_project_service_account" "this" {
  project    = var.project_id
  depends_on = [google_project_service.this]

  lifecycle {
    postcondition {
      condition     = "serviceAccount:${self.email_address}" == local.agents.storage
      error_message = "Cloud Storage's agent is called otherwise than expected: mend agents.storage in locals.tf."
    }
  }
}

data "google_bigquery_default_service_account" "this" {
  project    = var.project_id
  depends_on = [google_project_service.this]

  lifecycle {
    postcondition {
      condition     = "serviceAccount:${self.email}" == local.agents.bigquery
      error_message = "BigQuery's agent is called otherwise than expected: mend agents.bigquery in locals.tf."
    }
  }
}
