variable "given" {}

resource "google_kms_crypto_key" "this" {
  purpose = var.given
}
