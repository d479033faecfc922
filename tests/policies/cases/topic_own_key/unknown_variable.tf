variable "given" {}

resource "google_pubsub_topic" "this" {
  kms_key_name = var.given
}
