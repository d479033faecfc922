resource "google_bigquery_dataset" "this" {
  dataset_id = "d"
  access {
    role       = "READER"
    iam_member = "allUsers"
  }
}
