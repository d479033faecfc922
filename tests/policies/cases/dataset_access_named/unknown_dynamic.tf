variable "who" {
  type = list(string)
}

resource "google_bigquery_dataset" "this" {
  dataset_id = "d"
  dynamic "access" {
    for_each = var.who
    content {
      role           = "READER"
      group_by_email = access.value
    }
  }
}
