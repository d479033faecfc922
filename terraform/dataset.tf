# Where the rows are. Access is written out whole: left out, BigQuery would give every reader and writer of
# the project theirs, and the creator ownership.
resource "google_bigquery_dataset" "analytics" {
  project                    = var.project_id
  dataset_id                 = "analytics_dataset"
  description                = "The pipeline's rows and its quarantine."
  location                   = local.data_location
  max_time_travel_hours      = "168"
  delete_contents_on_destroy = false
  deletion_policy            = local.deletion_policy

  default_encryption_configuration {
    kms_key_name = var.foundation.keys.tables
  }

  # People own it, no machine does: not even CI reads a row.
  access {
    role           = "OWNER"
    group_by_email = startswith(var.foundation.data_owner, "group:") ? trimprefix(var.foundation.data_owner, "group:") : null
    user_by_email  = startswith(var.foundation.data_owner, "user:") ? trimprefix(var.foundation.data_owner, "user:") : null
  }
}

locals {
  data_location = var.foundation.data_location
}
