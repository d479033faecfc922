resource "google_bigquery_dataset_iam_member" "this" {
  for_each = toset(["user:a@example.com", "allUsers"])

  role   = "roles/x.y"
  member = each.value
}
