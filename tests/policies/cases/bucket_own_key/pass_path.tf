variable "given" {}

resource "google_storage_bucket" "this" {
  encryption {
    default_kms_key_name = "projects/${var.given}/locations/l/keyRings/r/cryptoKeys/k"
  }
}
