resource "google_pubsub_subscription" "this" {
  name  = "s"
  topic = "t"
  expiration_policy {
    ttl = "2678400s"
  }
}
