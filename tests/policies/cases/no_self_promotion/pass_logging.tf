resource "google_project_iam_member" "this" {
  role   = "roles/logging.viewer"
  member = "user:a@example.com"
}
