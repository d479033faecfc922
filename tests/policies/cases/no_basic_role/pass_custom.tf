resource "google_project_iam_member" "this" {
  role   = "projects/p/roles/owner"
  member = "user:a@example.com"
}
