resource "google_pubsub_subscription" "this" {
  name  = "s"
  topic = "t"
  push_config {
    push_endpoint = "https://s.example"
  }
}
