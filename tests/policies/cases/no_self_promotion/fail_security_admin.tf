resource "google_organization_iam_member" "this" {
  role   = "roles/iam.securityAdmin"
  member = "user:a@example.com"
}
