variable "given" {}

resource "google_bigquery_table" "this" {
  time_partitioning {
    type = "DAY"
  }
  require_partition_filter = var.given
}
