resource "google_cloud_run_v2_service" "this" {
  name = "s"
  template {
    containers {
      dynamic "env" {
        for_each = { AUTH_TOKEN = "x" }
        content {
          name  = env.key
          value = env.value
        }
      }
    }
  }
}
