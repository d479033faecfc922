variable "given" {}

resource "google_pubsub_subscription" "this" {
  name  = "s"
  topic = "t"
  expiration_policy {
    ttl = var.given
  }
}
