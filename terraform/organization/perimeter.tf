# A line around the project's data: with a stolen credential alone nobody reads or writes it from
# outside, and from inside nobody copies it into a project of their own. It guards Google's APIs; a
# request to the API's own address passes ingress, IAM and the service instead.
locals {
  restricted_services = [
    for name in [
      "artifactregistry",
      "bigquery",
      "binaryauthorization",
      "cloudkms",
      "containeranalysis",
      "pubsub",
      "run",
      "storage",
    ] : "${name}.googleapis.com"
  ]

  # What each release identity calls, and nothing beyond it. They enter as service accounts: a perimeter
  # takes no principalSet with our attribute, and the exchange of GitHub's token (sts, iamcredentials) is
  # therefore not among the restricted services.
  # Source: https://cloud.google.com/vpc-service-controls/docs/supported-identities
  release_services = {
    build   = ["artifactregistry"]
    sign    = ["artifactregistry"]
    verify  = ["artifactregistry"]
    attest  = ["binaryauthorization", "cloudkms", "containeranalysis"]
    plan    = ["bigquery", "pubsub", "run", "storage"]
    apply   = ["artifactregistry", "bigquery", "pubsub", "run", "storage"]
    rollout = ["artifactregistry", "bigquery", "pubsub", "run", "storage"]
    smoke   = ["pubsub"]
    nightly = ["artifactregistry", "bigquery", "binaryauthorization", "pubsub", "run", "storage"]
  }

  ways_in = concat(
    [
      for name, services in local.release_services : {
        title      = "release ${name}"
        identities = ["serviceAccount:release-${name}@${var.project_id}.iam.gserviceaccount.com"]
        services   = [for service in services : "${service}.googleapis.com"]
      }
    ],
    [{ title = "operators", identities = var.operators, services = local.restricted_services }],
    length(var.publishers) == 0 ? [] : [{ title = "publishers", identities = var.publishers, services = ["pubsub.googleapis.com"] }],
  )

  # There is no way out: nothing here belongs into another project.
  boundary = {
    resources = ["projects/${var.project_number}"]
    ways_in   = local.ways_in
    # From the services' own network only what the perimeter guards: any other API would be a way to
    # carry rows into somebody else's project. Whether a service still gets the keys of Google's tokens
    # (www.googleapis.com) is for the dry run to show.
    inside = var.egress == "vpc" ? ["RESTRICTED-SERVICES"] : null
  }
}

resource "google_access_context_manager_service_perimeter" "pipeline" {
  count = var.perimeter == "off" ? 0 : 1

  parent         = "accessPolicies/${var.access_policy_id}"
  name           = "accessPolicies/${var.access_policy_id}/servicePerimeters/pipeline_${replace(var.project_id, "-", "_")}"
  title          = "pipeline_${replace(var.project_id, "-", "_")}"
  description    = "The data of ${var.project_id}."
  perimeter_type = "PERIMETER_TYPE_REGULAR"

  # In dry run the line is drawn in `spec` and crossing it is logged; enforced, it is the `status`. The
  # two blocks are the same but for their names.
  use_explicit_dry_run_spec = var.perimeter == "dry_run"

  dynamic "spec" {
    for_each = var.perimeter == "dry_run" ? [local.boundary] : []
    content {
      resources           = spec.value.resources
      restricted_services = local.restricted_services

      dynamic "vpc_accessible_services" {
        for_each = spec.value.inside == null ? [] : [spec.value.inside]
        content {
          enable_restriction = true
          allowed_services   = vpc_accessible_services.value
        }
      }

      dynamic "ingress_policies" {
        for_each = spec.value.ways_in
        content {
          title = ingress_policies.value.title

          ingress_from {
            identities = ingress_policies.value.identities
            sources {
              access_level = "*" # GitHub's runners and people have no fixed address
            }
          }

          ingress_to {
            resources = spec.value.resources

            dynamic "operations" {
              for_each = ingress_policies.value.services
              content {
                service_name = operations.value
                method_selectors {
                  method = "*" # which of them, IAM says
                }
              }
            }
          }
        }
      }
    }
  }

  dynamic "status" {
    for_each = var.perimeter == "enforced" ? [local.boundary] : []
    content {
      resources           = status.value.resources
      restricted_services = local.restricted_services

      dynamic "vpc_accessible_services" {
        for_each = status.value.inside == null ? [] : [status.value.inside]
        content {
          enable_restriction = true
          allowed_services   = vpc_accessible_services.value
        }
      }

      dynamic "ingress_policies" {
        for_each = status.value.ways_in
        content {
          title = ingress_policies.value.title

          ingress_from {
            identities = ingress_policies.value.identities
            sources {
              access_level = "*" # GitHub's runners and people have no fixed address
            }
          }

          ingress_to {
            resources = status.value.resources

            dynamic "operations" {
              for_each = ingress_policies.value.services
              content {
                service_name = operations.value
                method_selectors {
                  method = "*" # which of them, IAM says
                }
              }
            }
          }
        }
      }
    }
  }
}
