variable "given" {}

resource "google_cloud_run_v2_service" "this" {
  name = "s"
  template {
    containers {
      env {
        name  = "API_KEY"
        value = var.given
      }
    }
  }
}
