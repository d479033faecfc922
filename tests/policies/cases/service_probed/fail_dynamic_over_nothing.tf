resource "google_cloud_run_v2_service" "this" {
  name = "s"
  template {
    containers {
      startup_probe {}
      dynamic "liveness_probe" {
        for_each = []
        content {}
      }
    }
  }
}
