resource "google_pubsub_topic_iam_binding" "this" {
  role    = "roles/x.y"
  members = ["group:a@example.com", "allAuthenticatedUsers"]
}
