resource "google_bigquery_table_iam_member" "this" {
  role   = "roles/x.y"
  member = "allAuthenticatedUsers"
}
