variable "given" {}

resource "google_project_iam_audit_config" "this" {
  service = "cloudkms.googleapis.com"
  dynamic "audit_log_config" {
    for_each = var.given
    content {
      log_type = audit_log_config.value
    }
  }
}
