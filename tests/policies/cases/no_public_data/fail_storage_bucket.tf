resource "google_storage_bucket_iam_member" "this" {
  role   = "roles/x.y"
  member = "allAuthenticatedUsers"
}
