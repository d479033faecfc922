module "service" {
  source  = "./service"
  ingress = "INGRESS_TRAFFIC_INTERNAL_ONLY"
}
