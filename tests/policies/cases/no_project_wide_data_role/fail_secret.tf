resource "google_project_iam_member" "this" {
  role   = "roles/secretmanager.secretAccessor"
  member = "user:a@example.com"
}
