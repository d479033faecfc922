# What must not be planned, each with the variable, or the look at the API, that says how to mend it.
mock_provider "google" {
  override_during = plan

  mock_data "google_cloud_run_v2_service" {
    defaults = { uri = "https://data-api-abc123-ew.a.run.app", ingress = "INGRESS_TRAFFIC_ALL" }
  }
}

variables {
  project_id = "data-prod-4711"
  region     = "europe-west1"
  foundation = { accounts = { smoke = "release-smoke@data-prod-4711.iam.gserviceaccount.com" } }
  notify     = { page = ["on-call@example.com"], ticket = ["team@example.com"] }
}

run "project_by_number" {
  command = plan

  variables {
    project_id = "123456789012"
  }

  expect_failures = [var.project_id]
}

run "unknown_region" {
  command = plan

  variables {
    region = "europe-west99"
  }

  expect_failures = [var.region]
}

run "smoke_test_of_another_project" {
  command = plan

  variables {
    foundation = { accounts = { smoke = "release-smoke@other-project.iam.gserviceaccount.com" } }
  }

  expect_failures = [var.foundation]
}

run "service_by_its_address" {
  command = plan

  variables {
    service_names = { api = "https://data-api" }
  }

  expect_failures = [var.service_names]
}

run "domain_as_a_url" {
  command = plan

  variables {
    domain = "https://data.example.com"
  }

  expect_failures = [var.domain]
}

run "nobody_is_paged" {
  command = plan

  variables {
    notify = { page = [], ticket = ["team@example.com"] }
  }

  expect_failures = [var.notify]
}

run "nobody_gets_tickets" {
  command = plan

  variables {
    notify = { page = ["on-call@example.com"], ticket = [] }
  }

  expect_failures = [var.notify]
}

run "told_twice" {
  command = plan

  variables {
    notify = { page = ["on-call@example.com", "on-call@example.com"], ticket = ["team@example.com"] }
  }

  expect_failures = [var.notify]
}

run "too_many_to_tell" {
  command = plan

  variables {
    notify = { page = [for number in range(17) : "${number}@example.com"], ticket = ["team@example.com"] }
  }

  expect_failures = [var.notify]
}

run "no_address" {
  command = plan

  variables {
    notify = { page = ["on-call"], ticket = ["team@example.com"] }
  }

  expect_failures = [var.notify]
}

run "a_webhook" {
  command = plan

  variables {
    notify = { page = ["https://hooks.example.com/services/x"], ticket = ["team@example.com"] }
  }

  expect_failures = [var.notify]
}

run "channel_of_another_project" {
  command = plan

  variables {
    notify = { page = ["projects/other-project/notificationChannels/1"], ticket = ["team@example.com"] }
  }

  expect_failures = [var.notify]
}

run "domain_without_a_load_balancer" {
  command = plan

  variables {
    domain = "data.example.com"
  }

  expect_failures = [data.google_cloud_run_v2_service.api]
}

run "load_balancer_without_a_domain" {
  command = plan

  override_data {
    target          = data.google_cloud_run_v2_service.api
    override_during = plan
    values          = { uri = "https://data-api-abc123-ew.a.run.app", ingress = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" }
  }

  expect_failures = [data.google_cloud_run_v2_service.api]
}

run "api_from_inside_alone" {
  command = plan

  override_data {
    target          = data.google_cloud_run_v2_service.api
    override_during = plan
    values          = { uri = "https://data-api-abc123-ew.a.run.app", ingress = "INGRESS_TRAFFIC_INTERNAL_ONLY" }
  }

  expect_failures = [data.google_cloud_run_v2_service.api]
}
