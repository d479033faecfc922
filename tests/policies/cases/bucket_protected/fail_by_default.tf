variable "given" {
  default = true
}

resource "google_storage_bucket" "this" {
  force_destroy = var.given
}
