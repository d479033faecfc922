resource "google_storage_bucket" "this" {
  for_each = { state = true, logs = false }
  versioning {
    enabled = each.value
  }
}
