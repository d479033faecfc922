resource "google_project_iam_member" "this" {
  role   = "roles/iam.serviceAccountTokenCreator"
  member = "user:a@example.com"
}
