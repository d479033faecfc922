resource "google_bigquery_table" "this" {
  view {
    query = "SELECT 1"
  }
}
