resource "google_cloud_run_v2_service" "this" {
  name = "s"
  template {
    service_account = "123-compute@developer.gserviceaccount.com"
  }
}
