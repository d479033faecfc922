resource "google_bigquery_table" "this" {
  encryption_configuration {
    kms_key_name = google_kms_crypto_key.k.id
  }
}
