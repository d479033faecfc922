resource "google_project_iam_member" "this" {
  role   = "roles/artifactregistry.writer"
  member = "user:a@example.com"
}
