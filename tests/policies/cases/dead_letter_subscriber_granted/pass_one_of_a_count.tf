resource "google_pubsub_subscription" "this" {
  name  = "s"
  topic = "t"
  count = 1
  dead_letter_policy {
    dead_letter_topic = google_pubsub_topic.dead.id
  }
}

resource "google_pubsub_subscription_iam_binding" "this" {
  subscription = google_pubsub_subscription.this[0].name
  role         = "roles/pubsub.subscriber"
  members      = ["serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com"]
}
