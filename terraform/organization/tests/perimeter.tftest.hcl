# The line around the data: logged first, then drawn.
mock_provider "google" {
  override_during = plan
}

variables {
  project_id       = "data-prod-4711"
  project_number   = "123456789012"
  organization_id  = "987654321098"
  region           = "europe-west1"
  access_policy_id = "42"
  operators        = ["group:operators@example.com"]
}

run "dry_run" {
  command = plan

  variables {
    perimeter = "dry_run"
  }

  assert {
    condition     = google_access_context_manager_service_perimeter.pipeline[0].use_explicit_dry_run_spec && length(google_access_context_manager_service_perimeter.pipeline[0].status) == 0
    error_message = "A dry run refuses nothing."
  }
  assert {
    condition     = google_access_context_manager_service_perimeter.pipeline[0].name == "accessPolicies/42/servicePerimeters/pipeline_data_prod_4711" && google_access_context_manager_service_perimeter.pipeline[0].parent == "accessPolicies/42"
    error_message = "A perimeter's name takes no dash."
  }
  assert {
    condition     = one(google_access_context_manager_service_perimeter.pipeline[0].spec).resources == toset(["projects/123456789012"])
    error_message = "The project, by its number."
  }
  assert {
    condition = one(google_access_context_manager_service_perimeter.pipeline[0].spec).restricted_services == toset([
      "artifactregistry.googleapis.com", "bigquery.googleapis.com", "binaryauthorization.googleapis.com", "cloudkms.googleapis.com",
      "containeranalysis.googleapis.com", "pubsub.googleapis.com", "run.googleapis.com", "storage.googleapis.com",
    ])
    error_message = "Everything that holds data, images, keys or evidence, and Cloud Run's own API. Not sts or iamcredentials, or no release could begin."
  }
  assert {
    condition     = length(one(google_access_context_manager_service_perimeter.pipeline[0].spec).egress_policies) == 0
    error_message = "Nothing leaves for another project."
  }
  assert {
    condition     = length(one(google_access_context_manager_service_perimeter.pipeline[0].spec).vpc_accessible_services) == 0
    error_message = "Without a network of the pipeline's own there is nothing to restrict in it."
  }
}

run "enforced" {
  command = plan

  variables {
    perimeter  = "enforced"
    egress     = "vpc"
    publishers = ["serviceAccount:sensor@elsewhere.iam.gserviceaccount.com"]
  }

  assert {
    condition     = !google_access_context_manager_service_perimeter.pipeline[0].use_explicit_dry_run_spec && length(google_access_context_manager_service_perimeter.pipeline[0].spec) == 0
    error_message = "Enforced, and no second line beside it."
  }
  assert {
    condition     = one(google_access_context_manager_service_perimeter.pipeline[0].status).resources == toset(["projects/123456789012"])
    error_message = "The project, by its number."
  }
  assert {
    condition = one(google_access_context_manager_service_perimeter.pipeline[0].status).restricted_services == toset([
      "artifactregistry.googleapis.com", "bigquery.googleapis.com", "binaryauthorization.googleapis.com", "cloudkms.googleapis.com",
      "containeranalysis.googleapis.com", "pubsub.googleapis.com", "run.googleapis.com", "storage.googleapis.com",
    ])
    error_message = "The same as in the dry run."
  }
  assert {
    condition     = length(one(google_access_context_manager_service_perimeter.pipeline[0].status).egress_policies) == 0
    error_message = "Nothing leaves for another project."
  }
  assert {
    condition = (
      one(one(google_access_context_manager_service_perimeter.pipeline[0].status).vpc_accessible_services).enable_restriction
      && one(one(google_access_context_manager_service_perimeter.pipeline[0].status).vpc_accessible_services).allowed_services == toset(["RESTRICTED-SERVICES"])
    )
    error_message = "From the services' network no API that the perimeter does not guard."
  }
  assert {
    condition = alltrue(flatten([
      for way in one(google_access_context_manager_service_perimeter.pipeline[0].status).ingress_policies : [
        for identity in one(way.ingress_from).identities : can(regex("^(serviceAccount|user|group):[^@]+@[^@]+$", identity))
      ]
    ]))
    error_message = "Each who may enter has a name: no principalSet, nobody unknown."
  }
  assert {
    condition = alltrue([
      for way in one(google_access_context_manager_service_perimeter.pipeline[0].status).ingress_policies :
      one(way.ingress_from).identity_type == null && length(one(way.ingress_from).identities) > 0 && one(way.ingress_to).resources == toset(["projects/123456789012"])
    ])
    error_message = "Neither any identity nor any project."
  }
  assert {
    condition = {
      for way in one(google_access_context_manager_service_perimeter.pipeline[0].status).ingress_policies :
      way.title => join(" ", sort([for operation in one(way.ingress_to).operations : trimsuffix(operation.service_name, ".googleapis.com")]))
      } == {
      "release build"   = "artifactregistry"
      "release sign"    = "artifactregistry"
      "release verify"  = "artifactregistry"
      "release attest"  = "binaryauthorization cloudkms containeranalysis"
      "release plan"    = "bigquery pubsub run storage"
      "release apply"   = "artifactregistry bigquery pubsub run storage"
      "release rollout" = "artifactregistry bigquery pubsub run storage"
      "release smoke"   = "pubsub"
      "release nightly" = "artifactregistry bigquery binaryauthorization pubsub run storage"
      "operators"       = "artifactregistry bigquery binaryauthorization cloudkms containeranalysis pubsub run storage"
      "publishers"      = "pubsub"
    }
    error_message = "Each enters for the services that it calls."
  }
  assert {
    condition = {
      for way in one(google_access_context_manager_service_perimeter.pipeline[0].status).ingress_policies : way.title => one(one(way.ingress_from).identities)
      if startswith(way.title, "release ")
      } == {
      for name in ["build", "sign", "verify", "attest", "plan", "apply", "rollout", "smoke", "nightly"] :
      "release ${name}" => "serviceAccount:release-${name}@data-prod-4711.iam.gserviceaccount.com"
    }
    error_message = "One release identity for each way in."
  }
}

run "nobody_publishes_from_outside" {
  command = plan

  variables {
    perimeter = "enforced"
  }

  assert {
    condition     = !contains([for way in one(google_access_context_manager_service_perimeter.pipeline[0].status).ingress_policies : way.title], "publishers")
    error_message = "A way in that names nobody would be a mistake, or everybody."
  }
}
