resource "google_project_iam_member" "this" {
  role   = "roles/binaryauthorization.policyEditor"
  member = "user:a@example.com"
}
