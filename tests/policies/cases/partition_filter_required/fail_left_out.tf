resource "google_bigquery_table" "this" {
  time_partitioning {
    type = "DAY"
  }
}
