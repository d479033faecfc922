resource "google_pubsub_subscription" "this" {
  name  = "s"
  topic = "t"
}
