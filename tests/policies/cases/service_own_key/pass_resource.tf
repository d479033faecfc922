resource "google_cloud_run_v2_service" "this" {
  template {
    encryption_key = google_kms_crypto_key.k.id
  }
}
