resource "google_pubsub_subscription" "this" {
  name  = "s"
  topic = "t"
  push_config {
    push_endpoint = "https://s.example"
    oidc_token {
      service_account_email = "push@p.iam.gserviceaccount.com"
    }
  }
}
