output "pipeline_variables" {
  description = "What the pipeline's root needs, as the content of terraform/foundation.auto.tfvars.json: names and no secret. A person reviews and commits it."
  value = {
    project_id = var.project_id
    region     = var.region
    foundation = {
      project_number    = local.project_number
      network_perimeter = var.network_perimeter
      data_location     = local.data_location
      data_owner        = var.data_owner
      operators         = var.operators
      registry          = "${var.region}-docker.pkg.dev/${var.project_id}/${google_artifact_registry_repository.images.repository_id}"
      keys              = { for name in ["topics", "tables", "services"] : name => local.key_ids[name] }
      accounts = {
        api      = local.emails["data-api"]
        function = local.emails["pubsub-to-bigquery"]
        push     = local.emails["pubsub-push"]
        smoke    = local.emails.smoke
      }
      roles = { for name in ["table_reader", "table_writer"] : name => local.roles[name] }
    }
  }
}

output "backend" {
  description = "Where the states live: this root's own and the pipeline's."
  value = {
    bootstrap = { bucket = local.bucket_names.bootstrap-state, prefix = "bootstrap" }
    pipeline  = { bucket = local.bucket_names.pipeline-state, prefix = "pipeline" }
  }
}

output "github" {
  description = "What the workflows need, as variables of the repository: names and no secret."
  value = {
    WORKLOAD_IDENTITY_PROVIDER = "${local.pool}/providers/${google_iam_workload_identity_pool_provider.github.workload_identity_pool_provider_id}"
    PROJECT_ID                 = var.project_id
    IMAGES                     = "${var.region}-docker.pkg.dev/${var.project_id}/${google_artifact_registry_repository.images.repository_id}"
    ATTESTATIONS               = "${var.region}-docker.pkg.dev/${var.project_id}/${google_artifact_registry_repository.attestations.repository_id}"
    ATTESTOR                   = "${local.project}/attestors/${google_binary_authorization_attestor.release.name}"
    ATTESTATION_KEY            = local.attestation_key_id
    STATE_BUCKET               = local.bucket_names.pipeline-state
    PLANS_BUCKET               = local.bucket_names.plans
  }
}

output "environments" {
  description = "GitHub's environments to make, each for main alone, and the job that gets the identity. `production` needs reviewers."
  value = {
    for name, identity in local.release_identities : identity.environment => {
      workflow = ".github/workflows/${identity.workflow}"
      account  = local.emails[name]
    }
  }
}

output "signed_only_level" {
  description = "How far \"only signed images run\" goes here. It is preventive only where terraform/organization/ is applied."
  value       = "detective: a service that is updated without the policy is seen in the audit log and by the nightly check"
}
