resource "google_bigquery_dataset" "this" {
  dataset_id = "d"
}
