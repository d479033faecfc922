resource "google_iam_workload_identity_pool_provider" "this" {
  attribute_condition = "assertion.repository_owner_id == '1' && assertion.repository_id == '2'"
  attribute_mapping = {
    "google.subject" = "assertion.repository_id + ':' + assertion.run_id"
  }
  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}
