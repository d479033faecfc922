resource "google_service_account_key" "this" {
  count              = 2
  service_account_id = "a"
}
