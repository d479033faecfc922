resource "google_storage_bucket" "this" {
  versioning {
    enabled = true
  }
}
