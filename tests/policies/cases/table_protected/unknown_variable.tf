variable "given" {}

resource "google_bigquery_table" "this" {
  deletion_protection = var.given
}
