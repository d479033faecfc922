resource "google_organization_iam_member" "this" {
  role   = "roles/storage.objectViewer"
  member = "user:a@example.com"
}
