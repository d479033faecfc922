variable "ingress" {}

resource "google_cloud_run_v2_service" "this" {
  name    = "s"
  ingress = var.ingress
}
