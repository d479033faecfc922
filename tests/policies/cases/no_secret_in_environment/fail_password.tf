resource "google_cloud_run_v2_service" "this" {
  name = "s"
  template {
    containers {
      env {
        name  = "DB_PASSWORD"
        value = "hunter2"
      }
    }
  }
}
