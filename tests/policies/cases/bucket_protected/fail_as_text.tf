resource "google_storage_bucket" "this" {
  force_destroy = "true"
}
