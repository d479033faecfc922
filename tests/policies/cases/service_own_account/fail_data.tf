resource "google_cloud_run_v2_service" "this" {
  name = "s"
  template {
    service_account = data.google_compute_default_service_account.this.email
  }
}
