resource "google_pubsub_topic" "this" {
  message_storage_policy {
    allowed_persistence_regions = ["europe-west1"]
  }
}
