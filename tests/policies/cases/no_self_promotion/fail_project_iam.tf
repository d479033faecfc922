resource "google_project_iam_member" "this" {
  role   = "roles/resourcemanager.projectIamAdmin"
  member = "user:a@example.com"
}
