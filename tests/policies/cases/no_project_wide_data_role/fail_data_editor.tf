resource "google_project_iam_member" "this" {
  role   = "roles/bigquery.dataEditor"
  member = "user:a@example.com"
}
