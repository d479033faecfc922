resource "google_kms_crypto_key" "this" {
  lifecycle {
    prevent_destroy = false
  }
}
