resource "google_artifact_registry_repository_iam_member" "this" {
  role   = "roles/x.y"
  member = "allAuthenticatedUsers"
}
