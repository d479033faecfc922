resource "google_bigquery_dataset" "this" {
}
