module "service" {
  source  = "./service"
  ingress = "INGRESS_TRAFFIC_ALL"
}
