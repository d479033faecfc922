# What must not be planned, each with the variable whose message says how to mend it.
mock_provider "google" {
  override_during = plan
}

variables {
  project_id      = "data-prod-4711"
  project_number  = "123456789012"
  organization_id = "987654321098"
  region          = "europe-west1"
}

run "project_by_number" {
  command = plan

  variables {
    project_id = "123456789012"
  }

  expect_failures = [var.project_id]
}

run "number_by_id" {
  command = plan

  variables {
    project_number = "data-prod-4711"
  }

  expect_failures = [var.project_number]
}

run "organization_by_domain" {
  command = plan

  variables {
    organization_id = "example.com"
  }

  expect_failures = [var.organization_id]
}

run "organization_by_full_name" {
  command = plan

  variables {
    organization_id = "organizations/987654321098"
  }

  expect_failures = [var.organization_id]
}

run "unknown_region" {
  command = plan

  variables {
    region = "europe-west99"
  }

  expect_failures = [var.region]
}

run "multi_region_in_small_letters" {
  command = plan

  variables {
    data_location = "eu"
  }

  expect_failures = [var.data_location]
}

run "ingress_as_cloud_run_names_it" {
  command = plan

  variables {
    api_ingress = "INGRESS_TRAFFIC_ALL"
  }

  expect_failures = [var.api_ingress]
}

run "unknown_egress" {
  command = plan

  variables {
    egress = "private"
  }

  expect_failures = [var.egress]
}

run "perimeter_as_a_switch" {
  command = plan

  variables {
    perimeter = "true"
  }

  expect_failures = [var.perimeter]
}

run "perimeter_without_an_access_policy" {
  command = plan

  variables {
    perimeter = "dry_run"
    operators = ["group:operators@example.com"]
  }

  expect_failures = [var.access_policy_id]
}

run "access_policy_by_full_name" {
  command = plan

  variables {
    access_policy_id = "accessPolicies/42"
  }

  expect_failures = [var.access_policy_id]
}

run "perimeter_without_a_way_in" {
  command = plan

  variables {
    perimeter        = "enforced"
    access_policy_id = "42"
  }

  expect_failures = [var.operators]
}

run "dry_run_without_a_way_in" {
  command = plan

  variables {
    perimeter        = "dry_run"
    access_policy_id = "42"
  }

  expect_failures = [var.operators]
}

run "machine_as_operator" {
  command = plan

  variables {
    operators = ["serviceAccount:a@b.iam.gserviceaccount.com"]
  }

  expect_failures = [var.operators]
}

run "everybody_as_operator" {
  command = plan

  variables {
    operators = ["allAuthenticatedUsers"]
  }

  expect_failures = [var.operators]
}

run "principal_set_publishes" {
  command = plan

  variables {
    publishers = ["principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*"]
  }

  expect_failures = [var.publishers]
}

run "everybody_publishes" {
  command = plan

  variables {
    publishers = ["allUsers"]
  }

  expect_failures = [var.publishers]
}
