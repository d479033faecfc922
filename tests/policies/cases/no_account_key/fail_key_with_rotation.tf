resource "google_service_account_key" "this" {
  service_account_id = "a"
  keepers = {
    month = "1"
  }
}
