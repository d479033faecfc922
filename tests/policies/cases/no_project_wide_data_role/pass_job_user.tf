resource "google_project_iam_member" "this" {
  role   = "roles/bigquery.jobUser"
  member = "user:a@example.com"
}
