resource "google_project_iam_member" "this" {
  role   = "roles/iam.serviceAccountKeyAdmin"
  member = "user:a@example.com"
}
