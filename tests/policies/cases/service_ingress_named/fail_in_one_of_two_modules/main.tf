module "service" {
  source   = "./service"
  for_each = { a = "INGRESS_TRAFFIC_INTERNAL_ONLY", b = "INGRESS_TRAFFIC_ALL" }
  ingress  = each.value
}
