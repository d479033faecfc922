variable "given" {}

resource "google_storage_bucket" "this" {
  uniform_bucket_level_access = var.given
  public_access_prevention    = "inherited"
}
