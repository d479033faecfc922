resource "google_cloud_run_v2_service" "this" {
  name = "s"
  template {
    containers {
      image = "r/i:v1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    }
  }
}
