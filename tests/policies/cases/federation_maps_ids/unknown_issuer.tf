variable "given" {}

resource "google_iam_workload_identity_pool_provider" "this" {
  attribute_mapping = {
    "google.subject" = "assertion.sub"
  }
  oidc {
    issuer_uri = var.given
  }
}
