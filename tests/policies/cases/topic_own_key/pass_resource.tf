resource "google_pubsub_topic" "this" {
  kms_key_name = google_kms_crypto_key.k.id
}
