resource "google_storage_bucket" "this" {
}
