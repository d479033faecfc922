resource "google_project_iam_member" "this" {
  role   = "roles/Owner"
  member = "user:a@example.com"
}
