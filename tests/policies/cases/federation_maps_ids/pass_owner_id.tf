resource "google_iam_workload_identity_pool_provider" "this" {
  attribute_mapping = {
    "google.subject"  = "assertion.repository_id + ':' + assertion.run_id"
    "attribute.owner" = "assertion.repository_owner_id"
  }
  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}
