variable "given" {}

resource "google_pubsub_topic" "this" {
  kms_key_name = "projects/${var.given}/locations/l/keyRings/r/cryptoKeys/k"
}
