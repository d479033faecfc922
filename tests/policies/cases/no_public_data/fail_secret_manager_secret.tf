resource "google_secret_manager_secret_iam_member" "this" {
  role   = "roles/x.y"
  member = "allAuthenticatedUsers"
}
