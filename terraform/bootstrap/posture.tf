# What the nightly look compares the project with (deploy/posture/): names and rules, no secret.
output "posture" {
  description = "What the project has to look like, as the content of terraform/posture.json. A person reviews and commits it."
  value = {
    project_id = var.project_id
    attestor   = "${local.project}/attestors/${google_binary_authorization_attestor.release.name}"
    pool       = local.pool
    provider   = "${local.pool}/providers/${google_iam_workload_identity_pool_provider.github.workload_identity_pool_provider_id}"
    issuer     = google_iam_workload_identity_pool_provider.github.oidc[0].issuer_uri
    condition  = google_iam_workload_identity_pool_provider.github.attribute_condition
    mapping    = google_iam_workload_identity_pool_provider.github.attribute_mapping
    grants = {
      for name, email in local.emails :
      email => [for grant in local.project_grants : grant.role if grant.member == local.members[name]]
    }
  }
}
