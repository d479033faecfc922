resource "google_storage_bucket" "this" {
  uniform_bucket_level_access = false
  public_access_prevention    = "enforced"
}
