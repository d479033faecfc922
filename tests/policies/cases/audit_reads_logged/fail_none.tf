resource "google_project_iam_audit_config" "this" {
  service = "storage.googleapis.com"
}
