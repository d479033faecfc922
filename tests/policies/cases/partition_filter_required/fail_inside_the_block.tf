resource "google_bigquery_table" "this" {
  time_partitioning {
    type                     = "DAY"
    require_partition_filter = true
  }
}
