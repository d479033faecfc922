resource "google_bigquery_table" "this" {
}
