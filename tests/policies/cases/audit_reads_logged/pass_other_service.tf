resource "google_project_iam_audit_config" "this" {
  service = "run.googleapis.com"
  audit_log_config {
    log_type = "ADMIN_READ"
  }
}
