variable "given" {}

resource "google_iam_workload_identity_pool_provider" "this" {
  attribute_condition = join(" && ", ["assertion.repository_owner_id == '${var.given}'", "assertion.ref == 'refs/heads/main'"])
  attribute_mapping = {
    "google.subject" = "assertion.repository_id + ':' + assertion.run_id"
  }
  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}
