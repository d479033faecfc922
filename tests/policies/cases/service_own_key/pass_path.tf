variable "given" {}

resource "google_cloud_run_v2_service" "this" {
  template {
    encryption_key = "projects/${var.given}/locations/l/keyRings/r/cryptoKeys/k"
  }
}
