resource "google_kms_key_ring_iam_member" "this" {
  role   = "roles/x.y"
  member = "allAuthenticatedUsers"
}
