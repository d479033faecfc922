variable "given" {}

resource "google_service_account_key" "this" {
  count              = var.given
  service_account_id = "a"
}
