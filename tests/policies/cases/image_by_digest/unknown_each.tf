variable "given" {
  type = map(string)
}

resource "google_cloud_run_v2_service" "this" {
  for_each = var.given
  name     = each.key
  template {
    containers {
      image = each.value
    }
  }
}
