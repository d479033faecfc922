resource "google_bigquery_dataset" "this" {
  dataset_id = "d"
  access {
    role           = "OWNER"
    group_by_email = "a@example.com"
  }
  access {
    role          = "WRITER"
    special_group = "projectWriters"
  }
}
