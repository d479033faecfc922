variable "given" {}

resource "google_kms_crypto_key" "this" {
  deletion_policy = var.given ? "PREVENT" : "DELETE"
}
