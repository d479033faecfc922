resource "google_project_iam_audit_config" "this" {
  service = "allServices"
  audit_log_config {
    log_type = "ADMIN_READ"
  }
  audit_log_config {
    log_type         = "DATA_WRITE"
    exempted_members = ["serviceAccount:a@p.iam.gserviceaccount.com"]
  }
}
