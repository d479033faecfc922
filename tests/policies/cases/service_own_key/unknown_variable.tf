variable "given" {}

resource "google_cloud_run_v2_service" "this" {
  template {
    encryption_key = var.given
  }
}
