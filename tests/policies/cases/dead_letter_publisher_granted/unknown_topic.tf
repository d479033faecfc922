variable "given" {}

resource "google_pubsub_subscription" "this" {
  name  = "s"
  topic = "t"
  dead_letter_policy {
    dead_letter_topic = var.given
  }
}

resource "google_pubsub_topic_iam_member" "this" {
  topic  = google_pubsub_topic.dead.name
  role   = "roles/pubsub.publisher"
  member = "serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com"
}
