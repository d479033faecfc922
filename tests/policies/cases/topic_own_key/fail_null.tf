resource "google_pubsub_topic" "this" {
  kms_key_name = null
}
