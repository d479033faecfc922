variable "given" {}

resource "google_bigquery_dataset" "this" {
  default_encryption_configuration {
    kms_key_name = var.given
  }
}
