variable "given" {}

resource "google_bigquery_dataset" "this" {
  dynamic "default_encryption_configuration" {
    for_each = var.given
    content {
      kms_key_name = "k"
    }
  }
}
