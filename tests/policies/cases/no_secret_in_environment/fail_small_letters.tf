resource "google_cloud_run_v2_service" "this" {
  name = "s"
  template {
    containers {
      env {
        name  = "client_secret"
        value = "x"
      }
    }
  }
}
