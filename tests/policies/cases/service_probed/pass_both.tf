resource "google_cloud_run_v2_service" "this" {
  name = "s"
  template {
    containers {
      startup_probe {
        http_get {
          path = "/"
        }
      }
      liveness_probe {
        http_get {
          path = "/"
        }
      }
    }
  }
}
