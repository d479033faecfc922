resource "google_project_iam_member" "this" {
  for_each = { a = "roles/logging.viewer", b = "roles/bigquery.dataEditor" }

  role   = each.value
  member = "user:a@example.com"
}
