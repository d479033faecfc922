variable "given" {}

module "service" {
  source  = "./service"
  ingress = var.given
}
