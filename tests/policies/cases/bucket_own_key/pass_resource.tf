resource "google_storage_bucket" "this" {
  encryption {
    default_kms_key_name = google_kms_crypto_key.k.id
  }
}
