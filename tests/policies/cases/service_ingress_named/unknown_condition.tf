variable "given" {}

resource "google_cloud_run_v2_service" "this" {
  name    = "s"
  ingress = var.given == "x" ? "INGRESS_TRAFFIC_ALL" : "INGRESS_TRAFFIC_INTERNAL_ONLY"
}
