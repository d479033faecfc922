resource "google_pubsub_subscription_iam_member" "this" {
  role   = "roles/x.y"
  member = "allAuthenticatedUsers"
}
