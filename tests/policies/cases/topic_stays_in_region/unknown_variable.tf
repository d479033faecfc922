variable "given" {}

resource "google_pubsub_topic" "this" {
  message_storage_policy {
    allowed_persistence_regions = var.given
  }
}
