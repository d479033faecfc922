variable "given" {}

resource "google_storage_bucket" "this" {
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = var.given
    }
  }
}
