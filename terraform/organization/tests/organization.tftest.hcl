# What stands on the project once an organization's administrator applied this.
mock_provider "google" {
  override_during = plan
}

variables {
  project_id      = "data-prod-4711"
  project_number  = "123456789012"
  organization_id = "987654321098"
  region          = "europe-west1"
}

run "ordinary" {
  command = plan

  assert {
    condition = toset(keys(google_org_policy_policy.enforced)) == toset([
      "iam.disableServiceAccountKeyCreation",
      "iam.disableServiceAccountKeyUpload",
      "iam.automaticIamGrantsForDefaultServiceAccounts",
      "compute.skipDefaultNetworkCreation",
      "run.managed.requireInvokerIam",
      "storage.publicAccessPrevention",
      "storage.uniformBucketLevelAccess",
      "custom.pipelineNoBreakglassJob123456789012",
      "custom.pipelineNoBreakglassService123456789012",
    ])
    error_message = "These and no others are enforced."
  }
  assert {
    condition     = toset(keys(google_org_policy_policy.allowed)) == toset(["run.allowedIngress", "run.allowedBinaryAuthorizationPolicies", "gcp.resourceLocations", "iam.workloadIdentityPoolProviders"])
    error_message = "These and no others are narrowed."
  }
  assert {
    condition     = alltrue([for policy in google_org_policy_policy.enforced : policy.spec[0].rules[0].enforce == "TRUE" && length(policy.spec[0].rules) == 1 && length(policy.dry_run_spec) == 0])
    error_message = "Each is enforced, without a condition that lets something through."
  }
  assert {
    condition = alltrue([
      for policy in concat(values(google_org_policy_policy.enforced), values(google_org_policy_policy.allowed)) :
      policy.parent == "projects/data-prod-4711" && startswith(policy.name, "projects/data-prod-4711/policies/") && !policy.spec[0].inherit_from_parent
    ])
    error_message = "Each stands on the project, alone."
  }
  assert {
    condition     = alltrue([for policy in google_org_policy_policy.allowed : length(policy.spec[0].rules) == 1 && policy.spec[0].rules[0].allow_all == null && length(policy.spec[0].rules[0].values[0].allowed_values) > 0])
    error_message = "A list that allows everything, or nothing, is no policy of ours."
  }
  assert {
    condition     = google_org_policy_policy.allowed["run.allowedIngress"].spec[0].rules[0].values[0].allowed_values == tolist(["all", "internal"])
    error_message = "The API has its own address, and the function is internal."
  }
  assert {
    condition     = google_org_policy_policy.allowed["run.allowedBinaryAuthorizationPolicies"].spec[0].rules[0].values[0].allowed_values == tolist(["default"])
    error_message = "The project's policy, and none that lets everything run."
  }
  assert {
    condition     = google_org_policy_policy.allowed["iam.workloadIdentityPoolProviders"].spec[0].rules[0].values[0].allowed_values == tolist(["https://token.actions.githubusercontent.com"])
    error_message = "GitHub's issuer, exactly."
  }
  assert {
    condition     = google_org_policy_policy.allowed["gcp.resourceLocations"].spec[0].rules[0].values[0].allowed_values == tolist(["in:europe-west1-locations"])
    error_message = "One region, where data and everything else are in one."
  }
  assert {
    condition     = length(google_access_context_manager_service_perimeter.pipeline) == 0
    error_message = "No perimeter unless asked for."
  }
  assert {
    condition     = output.signed_only_level == "preventive"
    error_message = "This is the level that an organization adds."
  }
}

run "breakglass" {
  command = plan

  assert {
    condition = alltrue([
      for kind, constraint in google_org_policy_custom_constraint.breakglass :
      constraint.action_type == "DENY"
      && constraint.parent == "organizations/987654321098"
      && constraint.resource_types == tolist(["run.googleapis.com/${kind}"])
      && toset(constraint.method_types) == toset(["CREATE", "UPDATE"])
      && strcontains(constraint.condition, "binary-authorization-breakglass")
    ])
    error_message = "Neither a new nor an updated service or job may carry the annotation."
  }
  assert {
    condition     = alltrue([for constraint in google_org_policy_custom_constraint.breakglass : contains(keys(google_org_policy_policy.enforced), constraint.name)])
    error_message = "A constraint that no policy enforces refuses nothing."
  }
  assert {
    condition     = alltrue([for constraint in google_org_policy_custom_constraint.breakglass : can(regex("^custom\\.[A-Za-z0-9]{1,70}$", constraint.name))])
    error_message = "Google's form of the name."
  }
}

run "behind_a_load_balancer" {
  command = plan

  variables {
    api_ingress = "load_balancer"
  }

  assert {
    condition     = google_org_policy_policy.allowed["run.allowedIngress"].spec[0].rules[0].values[0].allowed_values == tolist(["internal", "internal-and-cloud-load-balancing"])
    error_message = "Nobody can open the API's own address, and the load balancer still reaches it."
  }
}

run "egress_through_the_network" {
  command = plan

  variables {
    egress = "vpc"
  }

  assert {
    condition     = google_org_policy_policy.allowed["run.allowedVPCEgress"].spec[0].rules[0].values[0].allowed_values == tolist(["all-traffic"])
    error_message = "Not the private ranges alone: then the internet would stay open."
  }
}

run "data_in_europe" {
  command = plan

  variables {
    data_location = "EU"
  }

  assert {
    condition     = google_org_policy_policy.allowed["gcp.resourceLocations"].spec[0].rules[0].values[0].allowed_values == tolist(["in:europe-west1-locations", "in:eu-locations", "europe"])
    error_message = "The multi-region, and the place where KMS keeps its key."
  }
}

run "data_in_the_united_states" {
  command = plan

  variables {
    region        = "us-east4"
    data_location = "US"
  }

  assert {
    condition     = google_org_policy_policy.allowed["gcp.resourceLocations"].spec[0].rules[0].values[0].allowed_values == tolist(["in:us-east4-locations", "in:us-locations", "us"])
    error_message = "The multi-region, and the place where KMS keeps its key."
  }
}

run "data_in_another_region" {
  command = plan

  variables {
    data_location = "europe-north1"
  }

  assert {
    condition     = google_org_policy_policy.allowed["gcp.resourceLocations"].spec[0].rules[0].values[0].allowed_values == tolist(["in:europe-west1-locations", "in:europe-north1-locations"])
    error_message = "Both regions and no third."
  }
}

run "longest_project_id" {
  command = plan

  variables {
    project_id       = "a23456789012345678901234567890"
    project_number   = "1234567890123456789"
    perimeter        = "dry_run"
    access_policy_id = "42"
    operators        = ["user:Jane.O'Neil+x@example.co.uk"]
  }

  assert {
    condition     = can(regex("^accessPolicies/42/servicePerimeters/[a-z][a-z0-9_]{0,49}$", google_access_context_manager_service_perimeter.pipeline[0].name))
    error_message = "A perimeter's name has at most 50 letters, digits and underscores."
  }
  assert {
    condition     = alltrue([for constraint in google_org_policy_custom_constraint.breakglass : can(regex("^custom\\.[A-Za-z0-9]{1,70}$", constraint.name))])
    error_message = "Google's form of the name."
  }
}
