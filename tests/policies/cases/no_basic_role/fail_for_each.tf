resource "google_project_iam_member" "this" {
  for_each = { a = "roles/logging.viewer", b = "roles/owner" }

  role   = each.value
  member = "user:a@example.com"
}
