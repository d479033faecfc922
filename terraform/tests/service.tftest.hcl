# What the services' own module refuses, whoever uses it.
mock_provider "google" {
  override_during = plan
}

variables {
  project_id      = "data-prod-4711"
  region          = "europe-west1"
  name            = "data-api"
  image           = "europe-west1-docker.pkg.dev/data-prod-4711/images/data-api@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  service_account = "data-api@data-prod-4711.iam.gserviceaccount.com"
  encryption_key  = "projects/data-prod-4711/locations/europe-west1/keyRings/pipeline-1/cryptoKeys/services-1"
  ingress         = "INGRESS_TRAFFIC_ALL"
  audience        = "https://data-api.data-prod-4711.internal"
  protected       = true
  threads         = 16
  cpu             = "1"
  memory          = "512Mi"
  min_instances   = 0
  max_instances   = 10
  ready_path      = "/health/ready"
  environment     = {}
}

run "service_by_a_number" {
  command = plan

  module {
    source = "./service"
  }

  variables {
    name = "1-api"
  }

  expect_failures = [var.name]
}

run "service_image_by_tag" {
  command = plan

  module {
    source = "./service"
  }

  variables {
    image = "europe-west1-docker.pkg.dev/data-prod-4711/images/data-api:v1"
  }

  expect_failures = [var.image]
}

run "service_as_googles_default_account" {
  command = plan

  module {
    source = "./service"
  }

  variables {
    service_account = "123456789012-compute@developer.gserviceaccount.com"
  }

  expect_failures = [var.service_account]
}

run "service_key_in_another_region" {
  command = plan

  module {
    source = "./service"
  }

  variables {
    encryption_key = "projects/data-prod-4711/locations/europe-west4/keyRings/pipeline-1/cryptoKeys/services-1"
  }

  expect_failures = [var.encryption_key]
}

run "service_ingress_as_people_say_it" {
  command = plan

  module {
    source = "./service"
  }

  variables {
    ingress = "internal"
  }

  expect_failures = [var.ingress]
}

run "service_percent_over_100" {
  command = plan

  module {
    source = "./service"
  }

  variables {
    canary = { stable_revision = "data-api-0123456789ab", percent = 101 }
  }

  expect_failures = [var.canary]
}

run "service_without_threads" {
  command = plan

  module {
    source = "./service"
  }

  variables {
    threads = 0
  }

  expect_failures = [var.threads]
}

run "service_without_instances" {
  command = plan

  module {
    source = "./service"
  }

  variables {
    max_instances = 0
  }

  expect_failures = [var.max_instances]
}

run "service_path_that_is_reserved" {
  command = plan

  module {
    source = "./service"
  }

  variables {
    ready_path = "/readyz"
  }

  expect_failures = [var.ready_path]
}
