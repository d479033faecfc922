variable "given" {}

resource "google_pubsub_subscription" "this" {
  name  = "s"
  topic = "t"
  dynamic "push_config" {
    for_each = var.given
    content {
      push_endpoint = push_config.value
      oidc_token {
        service_account_email = "a"
      }
    }
  }
}
