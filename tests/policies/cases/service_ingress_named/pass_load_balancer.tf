resource "google_cloud_run_v2_service" "this" {
  name    = "s"
  ingress = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
}
