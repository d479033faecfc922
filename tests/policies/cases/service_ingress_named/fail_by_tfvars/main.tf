variable "ingress" {
  default = "INGRESS_TRAFFIC_INTERNAL_ONLY"
}

resource "google_cloud_run_v2_service" "this" {
  name    = "s"
  ingress = var.ingress
}
