resource "google_cloud_run_v2_service" "this" {
  name = "s"
  dynamic "binary_authorization" {
    for_each = [1]
    content {
      use_default = true
    }
  }
}
