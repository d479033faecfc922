resource "google_pubsub_topic" "this" {
}
