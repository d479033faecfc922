# GitHub's tokens instead of keys. One pool, one provider, for main alone: pull requests get no cloud
# identity, since what a pull request runs, the pull request chose.
locals {
  pool = "projects/${local.project_number}/locations/global/workloadIdentityPools/github-${var.suffix}"

  # A principalSet matches one attribute, so the attribute is everything that tells a job apart.
  # Repository ids are digits and a ref begins with refs/, so no part can pretend to be two.
  job_attributes = {
    for name, identity in local.release_identities : name => join(":", [
      var.repository.id,
      "${var.repository.name}/.github/workflows/${identity.workflow}@refs/heads/main",
      identity.environment,
      "refs/heads/main",
      identity.event,
    ])
  }
  job_members = {
    for name, attribute in local.job_attributes :
    name => "principalSet://iam.googleapis.com/${local.pool}/attribute.job/${attribute}"
  }
}

resource "google_iam_workload_identity_pool" "github" {
  project                   = var.project_id
  workload_identity_pool_id = "github-${var.suffix}"
  display_name              = "GitHub Actions"
  description               = "The release workflows of ${var.repository.name}, on main."
  deletion_policy           = local.deletion_policy # a pool's name is never given again
  depends_on                = [google_project_service.this]
}

resource "google_iam_workload_identity_pool_provider" "github" {
  project                            = var.project_id
  workload_identity_pool_id          = google_iam_workload_identity_pool.github.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  display_name                       = "GitHub Actions"
  deletion_policy                    = local.deletion_policy

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
    # Absent, the audience is this provider's own full name: a token for another provider is refused.
  }

  # The subject is for the audit log: which run it was. GitHub's own `sub` can be customised by
  # whoever administers the repository, and a long branch's does not fit into 127 bytes.
  attribute_mapping = {
    "google.subject" = "assertion.repository_id + ':' + assertion.run_id + ':' + assertion.run_attempt"
    "attribute.job" = join(" + ':' + ", [
      "assertion.repository_id",
      "assertion.job_workflow_ref",
      "(has(assertion.environment) ? assertion.environment : 'none')",
      "assertion.ref",
      "assertion.event_name",
    ])
  }

  # All GitHub repositories share one issuer, so the numeric ids decide; a name can be taken over.
  attribute_condition = join(" && ", [
    "assertion.iss == 'https://token.actions.githubusercontent.com'",
    "assertion.repository_owner_id == '${var.repository.owner_id}'",
    "assertion.repository_id == '${var.repository.id}'",
    "assertion.ref == 'refs/heads/main'",
    "assertion.ref_type == 'branch'",
    "assertion.event_name in ['push', 'schedule']",
    "assertion.runner_environment == 'github-hosted'",
  ])
}
