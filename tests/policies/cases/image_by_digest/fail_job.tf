resource "google_cloud_run_v2_job" "this" {
  name = "s"
  template {
    template {
      containers {
        image = "r/i:v1"
      }
    }
  }
}
