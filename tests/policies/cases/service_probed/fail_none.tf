resource "google_cloud_run_v2_service" "this" {
  name = "s"
  template {
    containers {
    }
  }
}
