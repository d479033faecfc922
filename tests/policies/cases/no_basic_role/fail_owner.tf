resource "google_project_iam_member" "this" {
  role   = "roles/owner"
  member = "user:a@example.com"
}
