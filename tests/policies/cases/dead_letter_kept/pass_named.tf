resource "google_pubsub_subscription" "this" {
  name  = "s"
  topic = "t"
  dead_letter_policy {
    dead_letter_topic = "projects/p/topics/dead"
  }
}

resource "google_pubsub_subscription" "keeper" {
  name  = "k"
  topic = "dead"
}
