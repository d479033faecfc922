locals {
  audited = { "sts.googleapis.com" = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"] }
}

resource "google_project_iam_audit_config" "this" {
  for_each = local.audited
  service  = each.key
  dynamic "audit_log_config" {
    for_each = each.value
    content {
      log_type = audit_log_config.value
    }
  }
}
