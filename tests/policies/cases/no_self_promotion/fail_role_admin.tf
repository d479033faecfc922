resource "google_project_iam_member" "this" {
  role   = "roles/iam.roleAdmin"
  member = "user:a@example.com"
}
