variable "given" {}

resource "google_storage_bucket" "this" {
  force_destroy = var.given
}
