resource "google_bigquery_table" "this" {
  require_partition_filter = true
}
