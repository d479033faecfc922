resource "google_project_iam_binding" "this" {
  role   = "roles/cloudkms.cryptoKeyDecrypter"
  member = "user:a@example.com"
}
