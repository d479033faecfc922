resource "google_pubsub_subscription" "this" {
  name  = "s"
  topic = "t"
  dead_letter_policy {
    dead_letter_topic = google_pubsub_topic.dead.id
  }
}

resource "google_pubsub_subscription_iam_binding" "this" {
  subscription = google_pubsub_subscription.this.name
  role         = "roles/pubsub.viewer"
  members      = ["serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com"]
}
