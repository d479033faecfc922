resource "google_cloud_run_v2_service" "this" {
  name = "s"
  template {
    containers {
      env {
        name = "API_KEY"
        value_source {
          secret_key_ref {
            secret = "s"
          }
        }
      }
    }
  }
}
