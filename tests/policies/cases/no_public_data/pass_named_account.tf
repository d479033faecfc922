resource "google_bigquery_dataset_iam_member" "this" {
  role   = "roles/x.y"
  member = "serviceAccount:a@p.iam.gserviceaccount.com"
}
