resource "google_iam_workload_identity_pool_provider" "this" {
  attribute_condition = "assertion.repository == 'o/r' && assertion.repository_owner == 'o'"
  attribute_mapping = {
    "google.subject" = "assertion.repository_id + ':' + assertion.run_id"
  }
  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}
