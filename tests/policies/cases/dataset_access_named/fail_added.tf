resource "google_bigquery_dataset_access" "this" {
  dataset_id    = "d"
  role          = "READER"
  special_group = "allAuthenticatedUsers"
}
