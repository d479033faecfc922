resource "google_storage_bucket" "this" {
  uniform_bucket_level_access = true
  public_access_prevention    = "inherited"
}
