variable "given" {}

resource "google_storage_bucket" "this" {
  versioning {
    enabled = var.given
  }
}
