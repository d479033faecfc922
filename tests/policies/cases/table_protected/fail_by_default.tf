variable "given" {
  default = false
}

resource "google_bigquery_table" "this" {
  deletion_protection = var.given
}
