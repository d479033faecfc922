resource "google_cloud_run_v2_service" "this" {
  name = "s"
  binary_authorization {
    use_default = false
  }
}
