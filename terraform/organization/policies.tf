# Each policy stands on the project and replaces what the organization says of the same constraint, so
# that two policies cannot add up to more. Where yours is stricter, take the line away here.
locals {
  enforced = toset(concat(
    [
      # Nobody makes or brings a key: every identity is short-lived, and there is no file to leak.
      "iam.disableServiceAccountKeyCreation",
      "iam.disableServiceAccountKeyUpload",
      # Google's default accounts do not become editors of the project, which Compute Engine's would as
      # soon as a network or a load balancer needs that API.
      "iam.automaticIamGrantsForDefaultServiceAccounts",
      # Nor does that API bring a network with a way to the internet, past the one that we close.
      "compute.skipDefaultNetworkCreation",
      # No service answers without an ID token, whoever deploys it.
      "run.managed.requireInvokerIam",
      # No bucket, and so no state or plan, can be made public, or be opened object by object.
      "storage.publicAccessPrevention",
      "storage.uniformBucketLevelAccess",
    ],
    # Nobody deploys past a refused image.
    [for constraint in google_org_policy_custom_constraint.breakglass : constraint.name],
  ))

  allowed = merge(
    {
      # A service is reached as the pipeline's perimeter says: the API at its own address or behind the
      # load balancer, the function from inside alone. Behind a load balancer nobody can open the API's
      # own address again, and with it the way round Cloud Armor; a tag's address follows it.
      "run.allowedIngress" = {
        all           = ["all", "internal"]
        load_balancer = ["internal", "internal-and-cloud-load-balancing"]
      }[var.api_ingress]

      # Each service and job submits to the project's policy, which wants an attestation: whoever may
      # update a service cannot clear it. With breakglass.tf this makes "signed only" preventive.
      "run.allowedBinaryAuthorizationPolicies" = ["default"]

      # What is kept, is kept here. Global things (the pool, the load balancer) have no location.
      "gcp.resourceLocations" = local.locations

      # GitHub's tokens and no other issuer's are ever exchanged, though a second provider in the pool
      # would otherwise inherit the first one's grants: a principalSet names the pool, not the provider.
      "iam.workloadIdentityPoolProviders" = ["https://token.actions.githubusercontent.com"]
    },
    # Everything that a service sends goes through the network that leads to Google's APIs alone.
    var.egress == "vpc" ? { "run.allowedVPCEgress" = ["all-traffic"] } : {},
  )

  # A multi-region is a group of regions and, for KMS, a place with a name of its own that the group
  # does not hold.
  # Source: https://cloud.google.com/resource-manager/docs/organization-policy/defining-locations
  data_location = coalesce(var.data_location, var.region)
  locations = distinct(concat(
    ["in:${var.region}-locations"],
    lookup(
      { EU = ["in:eu-locations", "europe"], US = ["in:us-locations", "us"] },
      local.data_location, ["in:${local.data_location}-locations"],
    ),
  ))
}

resource "google_org_policy_policy" "enforced" {
  for_each = local.enforced

  name   = "projects/${var.project_id}/policies/${each.key}"
  parent = "projects/${var.project_id}"

  spec {
    inherit_from_parent = false

    rules {
      enforce = "TRUE"
    }
  }
}

resource "google_org_policy_policy" "allowed" {
  for_each = local.allowed

  name   = "projects/${var.project_id}/policies/${each.key}"
  parent = "projects/${var.project_id}"

  spec {
    inherit_from_parent = false

    rules {
      values {
        allowed_values = each.value
      }
    }
  }
}
