resource "google_kms_crypto_key_iam_member" "this" {
  role   = "roles/x.y"
  member = "allAuthenticatedUsers"
}
