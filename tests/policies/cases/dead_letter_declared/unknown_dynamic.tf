variable "given" {}

resource "google_pubsub_subscription" "this" {
  name  = "s"
  topic = "t"
  dynamic "dead_letter_policy" {
    for_each = var.given
    content {
      dead_letter_topic = "dead"
    }
  }
}
