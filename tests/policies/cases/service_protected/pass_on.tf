resource "google_cloud_run_v2_service" "this" {
  deletion_protection = true
}
