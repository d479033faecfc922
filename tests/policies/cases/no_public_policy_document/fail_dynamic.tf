data "google_iam_policy" "this" {
  dynamic "binding" {
    for_each = { "roles/x.y" = ["allUsers"] }
    content {
      role    = binding.key
      members = binding.value
    }
  }
}
