resource "google_kms_crypto_key" "this" {
  deletion_policy = "PREVENT"
}
