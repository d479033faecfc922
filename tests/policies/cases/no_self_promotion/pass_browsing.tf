resource "google_project_iam_member" "this" {
  role   = "roles/iam.securityReviewer"
  member = "user:a@example.com"
}
