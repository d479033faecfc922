resource "google_bigquery_dataset_access" "this" {
  dataset_id = "d"
  view {
    project_id = "p"
    dataset_id = "e"
    table_id   = "v"
  }
}
