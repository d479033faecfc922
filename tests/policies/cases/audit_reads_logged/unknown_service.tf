variable "given" {}

resource "google_project_iam_audit_config" "this" {
  service = var.given
  audit_log_config {
    log_type = "ADMIN_READ"
  }
}
