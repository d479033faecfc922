resource "google_pubsub_subscription" "this" {
  name  = "s"
  topic = "t"
  dynamic "push_config" {
    for_each = ["https://s.example"]
    content {
      push_endpoint = push_config.value
    }
  }
}
