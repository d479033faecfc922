resource "google_bigquery_dataset" "this" {
  delete_contents_on_destroy = false
}
