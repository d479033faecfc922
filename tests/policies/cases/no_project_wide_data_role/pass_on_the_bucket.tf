resource "google_project_iam_member" "this" {
  role   = "projects/p/roles/reader"
  member = "user:a@example.com"
}
