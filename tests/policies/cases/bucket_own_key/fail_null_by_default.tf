variable "key" {
  default = null
}

resource "google_storage_bucket" "this" {
  encryption {
    default_kms_key_name = var.key
  }
}
