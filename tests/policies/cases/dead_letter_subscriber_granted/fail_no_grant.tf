resource "google_pubsub_subscription" "this" {
  name  = "s"
  topic = "t"
  dead_letter_policy {
    dead_letter_topic = google_pubsub_topic.dead.id
  }
}
