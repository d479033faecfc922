# Who did what. Changes are always logged; reads of data only where they are asked for here. Pub/Sub's
# and Cloud Run's data logs would be a line for each message and request, so they stay off: the services
# write one audit line a request themselves. BigQuery's are always on.
# Source: https://cloud.google.com/logging/docs/audit/configure-data-access
locals {
  audited = {
    "artifactregistry.googleapis.com"     = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"]
    "binaryauthorization.googleapis.com"  = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"]
    "cloudkms.googleapis.com"             = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"]
    "cloudresourcemanager.googleapis.com" = ["ADMIN_READ"]
    "containeranalysis.googleapis.com"    = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"]
    "iam.googleapis.com"                  = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"] # tokens of service accounts too
    "pubsub.googleapis.com"               = ["ADMIN_READ"]
    "run.googleapis.com"                  = ["ADMIN_READ"]
    "storage.googleapis.com"              = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"] # state and plans
    "sts.googleapis.com"                  = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"] # GitHub's tokens, exchanged
  }
}

resource "google_project_iam_audit_config" "this" {
  for_each = local.audited

  project = var.project_id
  service = each.key

  dynamic "audit_log_config" {
    for_each = each.value
    content {
      log_type = audit_log_config.value
    }
  }

  depends_on = [google_project_service.this]
}
