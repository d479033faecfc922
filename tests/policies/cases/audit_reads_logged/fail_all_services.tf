resource "google_project_iam_audit_config" "this" {
  service = "allServices"
  audit_log_config {
    log_type = "ADMIN_READ"
  }
}
