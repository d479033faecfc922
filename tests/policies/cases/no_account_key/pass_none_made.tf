resource "google_service_account" "this" {
  account_id = "a"
}
