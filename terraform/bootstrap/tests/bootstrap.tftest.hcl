# What a person sets up once, in an ordinary project, in a multi-region, and with all options.
mock_provider "google" {
  override_during = plan

  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
  mock_data "google_storage_project_service_account" {
    defaults = { email_address = "service-123456789012@gs-project-accounts.iam.gserviceaccount.com" }
  }
  mock_data "google_bigquery_default_service_account" {
    defaults = { email = "bq-123456789012@bigquery-encryption.iam.gserviceaccount.com" }
  }
  mock_data "google_kms_crypto_key_version" {
    defaults = {
      id         = "//cloudkms.googleapis.com/v1/projects/data-prod-4711/locations/europe-west1/keyRings/pipeline-1/cryptoKeys/attestation-1/cryptoKeyVersions/1"
      public_key = [{ pem = "a public key", algorithm = "EC_SIGN_P256_SHA256" }]
    }
  }
}

variables {
  project_id = "data-prod-4711"
  region     = "europe-west1"
  repository = {
    name     = "acme/pipeline"
    id       = "987654321"
    owner_id = "1234567"
  }
  data_owner = "group:data-owners@example.com"
  operators  = ["group:operators@example.com"]
}

run "ordinary" {
  command = plan

  # Federation
  assert {
    condition = alltrue([
      for part in ["assertion.repository_owner_id == '1234567'", "assertion.repository_id == '987654321'"] :
      strcontains(google_iam_workload_identity_pool_provider.github.attribute_condition, part)
    ])
    error_message = "The provider trusts one repository, by the numeric ids of it and of its owner."
  }
  assert {
    condition     = google_iam_workload_identity_pool_provider.github.oidc[0].issuer_uri == "https://token.actions.githubusercontent.com"
    error_message = "The provider trusts GitHub's issuer."
  }
  assert {
    condition = alltrue([
      for binding in google_service_account_iam_binding.federation : length(binding.members) == 1 && alltrue([
        for member in binding.members : startswith(member, "principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/github-1/attribute.job/987654321:acme/pipeline/.github/workflows/")
      ])
    ])
    error_message = "Each release identity is taken by one job; there is no principalSet of the whole pool."
  }
  assert {
    condition     = length(distinct(flatten([for binding in google_service_account_iam_binding.federation : tolist(binding.members)]))) == length(local.release_identities)
    error_message = "No two identities are taken by the same job."
  }

  # Keys
  assert {
    condition = alltrue([
      for key in google_kms_crypto_key.encryption : key.rotation_period == "7776000s" && key.purpose == "ENCRYPT_DECRYPT" && key.deletion_policy == "PREVENT"
    ])
    error_message = "Encryption keys rotate each 90 days and are not deleted by mistake."
  }
  assert {
    condition     = alltrue([for binding in google_kms_crypto_key_iam_binding.encryption : length(binding.members) == 1])
    error_message = "Each key has one user."
  }
  assert {
    condition = (
      google_kms_crypto_key.attestation.purpose == "ASYMMETRIC_SIGN"
      && google_kms_crypto_key_iam_binding.attestation.members == toset(["serviceAccount:release-attest@data-prod-4711.iam.gserviceaccount.com"])
    )
    error_message = "Only `attest` signs attestations."
  }

  # Buckets
  assert {
    condition = alltrue([
      for bucket in google_storage_bucket.this : (
        bucket.uniform_bucket_level_access && bucket.public_access_prevention == "enforced" && !bucket.force_destroy
        && bucket.encryption[0].default_kms_key_name == local.key_ids.state && bucket.deletion_policy == "PREVENT"
      )
    ])
    error_message = "Buckets are private, uniform and encrypted with our key."
  }
  assert {
    condition     = alltrue([for name in ["bootstrap-state", "pipeline-state"] : google_storage_bucket.this[name].versioning[0].enabled])
    error_message = "States are versioned."
  }
  assert {
    condition = (
      !google_storage_bucket.this["plans"].versioning[0].enabled
      && google_storage_bucket.this["plans"].soft_delete_policy[0].retention_duration_seconds == 0
      && [for rule in google_storage_bucket.this["plans"].lifecycle_rule : one(rule.condition).age] == [1]
    )
    error_message = "A saved plan is gone after a day, without a version that stays."
  }
  assert {
    condition = alltrue([
      for binding in [
        google_storage_bucket_iam_binding.state_reader, google_storage_bucket_iam_binding.state_writer,
        google_storage_bucket_iam_binding.plan_creator, google_storage_bucket_iam_binding.plan_reader,
      ] : !strcontains(binding.bucket, "bootstrap")
    ])
    error_message = "CI reaches nothing of this root's own state."
  }

  # Registry
  assert {
    condition = (
      google_artifact_registry_repository.images.docker_config[0].immutable_tags
      && !google_artifact_registry_repository.attestations.docker_config[0].immutable_tags
      && alltrue([
        for repository in [google_artifact_registry_repository.images, google_artifact_registry_repository.attestations] :
        repository.kms_key_name == local.key_ids.registry
      ])
    )
    error_message = "An image's tag never moves, statements about it do, and both are encrypted with our key."
  }
  assert {
    condition     = google_artifact_registry_repository_iam_binding.statement_writer.members == toset(["serviceAccount:release-sign@data-prod-4711.iam.gserviceaccount.com"])
    error_message = "Only the signing job says something about an image."
  }

  # Binary Authorization
  assert {
    condition = (
      google_binary_authorization_policy.this.default_admission_rule[0].evaluation_mode == "REQUIRE_ATTESTATION"
      && google_binary_authorization_policy.this.default_admission_rule[0].enforcement_mode == "ENFORCED_BLOCK_AND_AUDIT_LOG"
      && google_binary_authorization_policy.this.default_admission_rule[0].require_attestations_by == toset(["projects/data-prod-4711/attestors/release-1"])
      && length(google_binary_authorization_policy.this.admission_whitelist_patterns) == 0
      && length(google_binary_authorization_policy.this.cluster_admission_rules) == 0
      && google_binary_authorization_policy.this.deletion_policy == "PREVENT"
    )
    error_message = "The policy is on and enforced, with one attestor and no list of exceptions."
  }
  assert {
    condition     = length(google_binary_authorization_attestor.release.attestation_authority_note[0].public_keys) == 1
    error_message = "Without a key, nothing would ever verify."
  }

  # Audit and budget
  assert {
    condition = alltrue([
      for service in ["iam.googleapis.com", "sts.googleapis.com", "cloudkms.googleapis.com", "storage.googleapis.com", "binaryauthorization.googleapis.com"] :
      toset([for config in google_project_iam_audit_config.this[service].audit_log_config : config.log_type]) == toset(["ADMIN_READ", "DATA_READ", "DATA_WRITE"])
    ])
    error_message = "Tokens, keys, states and attestations leave a trace."
  }
  assert {
    condition = toset(keys(google_project_iam_audit_config.this)) == toset([
      "artifactregistry.googleapis.com",
      "binaryauthorization.googleapis.com",
      "cloudkms.googleapis.com",
      "cloudresourcemanager.googleapis.com",
      "containeranalysis.googleapis.com",
      "iam.googleapis.com",
      "pubsub.googleapis.com",
      "run.googleapis.com",
      "storage.googleapis.com",
      "sts.googleapis.com",
    ])
    error_message = "Every service that holds data, images, keys or rights is audited."
  }
  assert {
    condition     = alltrue([for config in google_project_iam_audit_config.this : alltrue([for log in config.audit_log_config : log.exempted_members == null])])
    error_message = "Nobody is exempt from the audit log."
  }
  assert {
    condition     = length(google_billing_budget.this) == 0
    error_message = "The budget is off by default."
  }

  # What the next root gets
  assert {
    condition     = output.pipeline_variables.foundation.registry == "europe-west1-docker.pkg.dev/data-prod-4711/images"
    error_message = "The pipeline's images come from this registry."
  }
}

run "multi_region" {
  command = plan

  variables {
    data_location = "EU"
    operators     = []
  }

  assert {
    condition = (
      local.key_ids.tables == "projects/data-prod-4711/locations/europe/keyRings/pipeline-1/cryptoKeys/tables-1"
      && local.key_ids.topics == "projects/data-prod-4711/locations/europe-west1/keyRings/pipeline-1/cryptoKeys/topics-1"
      && toset(keys(google_kms_key_ring.this)) == toset(["europe", "europe-west1"])
    )
    error_message = "A key is where its data is; EU is called `europe` by KMS."
  }
  assert {
    condition     = alltrue([for grant in google_project_iam_member.this : startswith(grant.member, "serviceAccount:")])
    error_message = "No operators, no grant for them."
  }
}

run "with_the_options" {
  command = plan

  variables {
    network_perimeter = true
    column_tags       = true
  }

  assert {
    condition     = length(setsubtract(local.perimeter_permissions, local.custom_roles.pipeline_applier)) == 0
    error_message = "CI may manage the network that it is asked to."
  }
  assert {
    condition     = alltrue([for permission in local.custom_roles.pipeline_planner : !strcontains(permission, "create") && !strcontains(permission, "update") && !strcontains(permission, "delete") && !strcontains(permission, "setIamPolicy")])
    error_message = "Planning changes nothing."
  }
}

run "while_another_key_version_takes_over" {
  command = plan

  variables {
    attestation_key_versions = [2, 1]
  }

  assert {
    condition = (
      length(google_binary_authorization_attestor.release.attestation_authority_note[0].public_keys) == 2
      && [for version in data.google_kms_crypto_key_version.attestation : version.version] == [1, 2]
    )
    error_message = "What the old version signed goes on running, and the new one signs already."
  }
}

run "everything_on" {
  command = plan

  variables {
    project_id           = "a23456789012345678901234567890"
    region               = "us-east4"
    data_location        = "US"
    suffix               = "zz9zz9"
    key_protection_level = "HSM"
    network_perimeter    = true
    billing_account      = "012345-6789AB-CDEF01"
    budget_channels      = ["projects/a23456789012345678901234567890/notificationChannels/1"]
    protected            = false
    operators            = ["user:one@example.com", "group:two@example.com"]
    repository           = { name = "A-long-owner-name-which-has-39-letters/${join("", [for index in range(100) : "r"])}", id = "9", owner_id = "8" }
  }

  assert {
    condition     = alltrue([for key in google_kms_crypto_key.encryption : key.version_template[0].protection_level == "HSM" && key.deletion_policy == "DELETE"])
    error_message = "Keys in hardware, and a project that may be taken down."
  }
  assert {
    condition     = contains(keys(google_project_service.this), "compute.googleapis.com") && contains(keys(google_project_service.this), "billingbudgets.googleapis.com")
    error_message = "The APIs of the options are on."
  }
  assert {
    condition     = length(local.bucket_names.bootstrap-state) <= 63 && length(google_iam_workload_identity_pool.github.workload_identity_pool_id) <= 32
    error_message = "Names stay within Google's limits."
  }
  assert {
    condition     = alltrue([for account in google_service_account.release : length(account.account_id) <= 30 && length(account.account_id) >= 6])
    error_message = "An account's id has 6 to 30 characters."
  }
  assert {
    condition     = one(google_billing_budget.this[0].budget_filter[0].projects) == "projects/123456789012"
    error_message = "The budget looks at this project alone."
  }
  assert {
    condition = (
      google_billing_budget.this[0].all_updates_rule[0].monitoring_notification_channels == tolist(["projects/a23456789012345678901234567890/notificationChannels/1"])
      && !google_billing_budget.this[0].all_updates_rule[0].disable_default_iam_recipients
    )
    error_message = "The channels are told besides the billing account's administrators."
  }
}
