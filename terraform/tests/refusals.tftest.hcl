# What must not be planned, each with the variable whose message says how to mend it.
mock_provider "google" {
  override_during = plan
}

variables {
  project_id = "data-prod-4711"
  region     = "europe-west1"
  callers    = ["serviceAccount:reader@data-prod-4711.iam.gserviceaccount.com"]
  publishers = ["serviceAccount:sensor@data-prod-4711.iam.gserviceaccount.com"]
  images = {
    api      = "europe-west1-docker.pkg.dev/data-prod-4711/images/data-api@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    function = "europe-west1-docker.pkg.dev/data-prod-4711/images/pubsub-to-bigquery@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
  }
  foundation = {
    project_number    = "123456789012"
    network_perimeter = true
    data_location     = "europe-west1"
    data_owner        = "group:data-owners@example.com"
    operators         = ["group:operators@example.com"]
    registry          = "europe-west1-docker.pkg.dev/data-prod-4711/images"
    keys = {
      topics   = "projects/data-prod-4711/locations/europe-west1/keyRings/pipeline-1/cryptoKeys/topics-1"
      tables   = "projects/data-prod-4711/locations/europe-west1/keyRings/pipeline-1/cryptoKeys/tables-1"
      services = "projects/data-prod-4711/locations/europe-west1/keyRings/pipeline-1/cryptoKeys/services-1"
    }
    accounts = {
      api      = "data-api@data-prod-4711.iam.gserviceaccount.com"
      function = "pubsub-to-bigquery@data-prod-4711.iam.gserviceaccount.com"
      push     = "pubsub-push@data-prod-4711.iam.gserviceaccount.com"
      smoke    = "release-smoke@data-prod-4711.iam.gserviceaccount.com"
    }
    roles = {
      table_reader = "projects/data-prod-4711/roles/table_reader"
      table_writer = "projects/data-prod-4711/roles/table_writer"
    }
  }
}

run "project_by_number" {
  command = plan

  variables {
    project_id = "123456789012"
  }

  expect_failures = [var.project_id]
}

run "project_with_a_capital" {
  command = plan

  variables {
    project_id = "Data-prod"
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

run "zone_instead_of_region" {
  command = plan

  variables {
    region = "europe-west1-b"
  }

  expect_failures = [var.region]
}

run "key_in_another_region" {
  command = plan

  variables {
    foundation = merge(var.foundation, { keys = {
      topics   = "projects/data-prod-4711/locations/us-east1/keyRings/pipeline-1/cryptoKeys/topics-1"
      tables   = "projects/data-prod-4711/locations/europe-west1/keyRings/pipeline-1/cryptoKeys/tables-1"
      services = "projects/data-prod-4711/locations/europe-west1/keyRings/pipeline-1/cryptoKeys/services-1"
    } })
  }

  expect_failures = [var.foundation]
}

run "multi_region_without_its_key" {
  command = plan

  variables {
    foundation = merge(var.foundation, { data_location = "EU" })
  }

  expect_failures = [var.foundation]
}

run "key_file_path_for_an_account" {
  command = plan

  variables {
    foundation = merge(var.foundation, { accounts = {
      api      = "./key.json"
      function = "pubsub-to-bigquery@data-prod-4711.iam.gserviceaccount.com"
      push     = "pubsub-push@data-prod-4711.iam.gserviceaccount.com"
      smoke    = "release-smoke@data-prod-4711.iam.gserviceaccount.com"
    } })
  }

  expect_failures = [var.foundation]
}

run "account_of_another_project" {
  command = plan

  variables {
    foundation = merge(var.foundation, { accounts = {
      api      = "data-api@elsewhere.iam.gserviceaccount.com"
      function = "pubsub-to-bigquery@data-prod-4711.iam.gserviceaccount.com"
      push     = "pubsub-push@data-prod-4711.iam.gserviceaccount.com"
      smoke    = "release-smoke@data-prod-4711.iam.gserviceaccount.com"
    } })
  }

  expect_failures = [var.foundation]
}

run "one_account_for_two" {
  command = plan

  variables {
    foundation = merge(var.foundation, { accounts = {
      api      = "pubsub-push@data-prod-4711.iam.gserviceaccount.com"
      function = "pubsub-to-bigquery@data-prod-4711.iam.gserviceaccount.com"
      push     = "pubsub-push@data-prod-4711.iam.gserviceaccount.com"
      smoke    = "release-smoke@data-prod-4711.iam.gserviceaccount.com"
    } })
  }

  expect_failures = [var.foundation]
}

run "project_number_by_id" {
  command = plan

  variables {
    foundation = merge(var.foundation, { project_number = "data-prod-4711" })
  }

  expect_failures = [var.foundation]
}

run "role_of_google" {
  command = plan

  variables {
    foundation = merge(var.foundation, { roles = merge(var.foundation.roles, { table_reader = "roles/bigquery.dataOwner" }) })
  }

  expect_failures = [var.foundation]
}

run "role_of_another_project" {
  command = plan

  variables {
    foundation = merge(var.foundation, { roles = merge(var.foundation.roles, { table_writer = "projects/elsewhere/roles/table_writer" }) })
  }

  expect_failures = [var.foundation]
}

run "registry_of_another_project" {
  command = plan

  variables {
    foundation = merge(var.foundation, { registry = "europe-west1-docker.pkg.dev/elsewhere/images" })
  }

  expect_failures = [var.foundation]
}

run "machine_as_data_owner" {
  command = plan

  variables {
    foundation = merge(var.foundation, { data_owner = "serviceAccount:a@b.iam.gserviceaccount.com" })
  }

  expect_failures = [var.foundation]
}

run "everybody_as_operator" {
  command = plan

  variables {
    foundation = merge(var.foundation, { operators = ["allAuthenticatedUsers"] })
  }

  expect_failures = [var.foundation]
}

run "image_by_tag" {
  command = plan

  variables {
    images = { api = "europe-west1-docker.pkg.dev/data-prod-4711/images/data-api:v1" }
  }

  expect_failures = [var.images]
}

run "image_by_a_tag_of_letters" {
  command = plan

  variables {
    images = { api = "europe-west1-docker.pkg.dev/data-prod-4711/images/data-api:latest" }
  }

  expect_failures = [var.images]
}

run "image_by_tag_and_digest" {
  command = plan

  variables {
    images = { api = "europe-west1-docker.pkg.dev/data-prod-4711/images/data-api:v1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
  }

  expect_failures = [var.images]
}

run "image_with_a_short_digest" {
  command = plan

  variables {
    images = { api = "europe-west1-docker.pkg.dev/data-prod-4711/images/data-api@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
  }

  expect_failures = [var.images]
}

run "image_from_elsewhere" {
  command = plan

  variables {
    images = { api = "docker.io/library/data-api@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
  }

  expect_failures = [var.images]
}

run "image_from_a_registry_that_begins_alike" {
  command = plan

  variables {
    images = { api = "europe-west1-docker.pkg.dev/data-prod-4711/images-of-mallory/data-api@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
  }

  expect_failures = [var.images]
}

run "image_of_an_unknown_service" {
  command = plan

  variables {
    images = { web = "europe-west1-docker.pkg.dev/data-prod-4711/images/data-api@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
  }

  expect_failures = [var.images]
}

run "percent_over_100" {
  command = plan

  variables {
    canary = { api = { stable_revision = "data-api-0123456789ab", percent = 101 } }
  }

  expect_failures = [var.canary]
}

run "percent_below_0" {
  command = plan

  variables {
    canary = { api = { stable_revision = "data-api-0123456789ab", percent = -1 } }
  }

  expect_failures = [var.canary]
}

run "half_a_percent" {
  command = plan

  variables {
    canary = { api = { stable_revision = "data-api-0123456789ab", percent = 0.5 } }
  }

  expect_failures = [var.canary]
}

run "canary_of_an_unknown_service" {
  command = plan

  variables {
    canary = { web = { stable_revision = "web-0123456789ab", percent = 5 } }
  }

  expect_failures = [var.canary]
}

run "canary_of_a_service_without_an_image" {
  command = plan

  variables {
    images = {}
    canary = { api = { stable_revision = "data-api-0123456789ab", percent = 5 } }
  }

  expect_failures = [var.canary]
}

run "stable_revision_of_another_service" {
  command = plan

  variables {
    canary = { api = { stable_revision = "pubsub-to-bigquery-0123456789ab", percent = 5 } }
  }

  expect_failures = [var.canary]
}

run "latest_as_stable_revision" {
  command = plan

  variables {
    canary = { api = { stable_revision = "LATEST", percent = 5 } }
  }

  expect_failures = [var.canary]
}

run "service_name_too_long" {
  command = plan

  variables {
    service_names = { api = "a2345678901234567890123456789012345678901234567890" }
  }

  expect_failures = [var.service_names]
}

run "two_services_of_one_name" {
  command = plan

  variables {
    service_names = { api = "same", function = "same" }
  }

  expect_failures = [var.service_names]
}

run "everybody_calls" {
  command = plan

  variables {
    callers = ["allUsers"]
  }

  expect_failures = [var.callers]
}

run "everybody_with_an_account_calls" {
  command = plan

  variables {
    callers = ["allAuthenticatedUsers"]
  }

  expect_failures = [var.callers]
}

run "group_calls" {
  command = plan

  variables {
    callers = ["group:readers@example.com"]
  }

  expect_failures = [var.callers]
}

run "domain_calls" {
  command = plan

  variables {
    callers = ["domain:example.com"]
  }

  expect_failures = [var.callers]
}

run "address_without_its_kind" {
  command = plan

  variables {
    callers = ["reader@example.com"]
  }

  expect_failures = [var.callers]
}

run "two_callers_in_one" {
  command = plan

  variables {
    callers = ["user:a@example.com,b@example.com"]
  }

  expect_failures = [var.callers]
}

run "caller_twice" {
  command = plan

  variables {
    callers = ["user:a@example.com", "user:A@example.com"]
  }

  expect_failures = [var.callers]
}

run "everybody_publishes" {
  command = plan

  variables {
    publishers = ["allUsers"]
  }

  expect_failures = [var.publishers]
}

run "principal_set_publishes" {
  command = plan

  variables {
    publishers = ["principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*"]
  }

  expect_failures = [var.publishers]
}

run "unknown_ingest_mode" {
  command = plan

  variables {
    ingest_mode = "dataflow"
  }

  expect_failures = [var.ingest_mode]
}

run "rows_for_no_day" {
  command = plan

  variables {
    retention_days = { rows = 0 }
  }

  expect_failures = [var.retention_days]
}

run "messages_for_more_than_a_month" {
  command = plan

  variables {
    retention_days = { messages = 32 }
  }

  expect_failures = [var.retention_days]
}

run "too_few_attempts" {
  command = plan

  variables {
    max_delivery_attempts = 4
  }

  expect_failures = [var.max_delivery_attempts]
}

run "too_many_attempts" {
  command = plan

  variables {
    max_delivery_attempts = 101
  }

  expect_failures = [var.max_delivery_attempts]
}

run "tag_on_no_column" {
  command = plan

  variables {
    policy_tags = { nonsense = "projects/p/locations/l/taxonomies/1/policyTags/2" }
  }

  expect_failures = [var.policy_tags]
}

run "tag_by_its_name" {
  command = plan

  variables {
    policy_tags = { name = "personal data" }
  }

  expect_failures = [var.policy_tags]
}

run "no_threads" {
  command = plan

  variables {
    api = { threads = 0 }
  }

  expect_failures = [var.api]
}

run "instances_without_limit" {
  command = plan

  variables {
    api = { max_instances = 0 }
  }

  expect_failures = [var.api]
}

run "more_instances_at_least_than_at_most" {
  command = plan

  variables {
    api = { min_instances = 3, max_instances = 2 }
  }

  expect_failures = [var.api]
}

run "cpu_in_thousandths" {
  command = plan

  variables {
    api = { cpu = "1000m" }
  }

  expect_failures = [var.api]
}

run "duration_without_a_unit" {
  command = plan

  variables {
    api = { query_timeout = "5" }
  }

  expect_failures = [var.api]
}

run "query_below_the_smallest_bill" {
  command = plan

  variables {
    api = { max_bytes_billed = 1 }
  }

  expect_failures = [var.api]
}

run "no_requests_at_all" {
  command = plan

  variables {
    api = { rate_limit_per_minute = 0 }
  }

  expect_failures = [var.api]
}

run "function_without_threads" {
  command = plan

  variables {
    function = { threads = 0.5 }
  }

  expect_failures = [var.function]
}

run "function_without_instances" {
  command = plan

  variables {
    function = { max_instances = 0 }
  }

  expect_failures = [var.function]
}

run "memory_without_a_unit" {
  command = plan

  variables {
    function = { memory = "1024" }
  }

  expect_failures = [var.function]
}

run "hours_to_deliver" {
  command = plan

  variables {
    function = { delivery_deadline = "1h" }
  }

  expect_failures = [var.function]
}

run "longer_than_a_delivery_may_take" {
  command = plan

  variables {
    function = { delivery_deadline = "9s" }
  }

  expect_failures = [var.function]
}

run "no_time_to_deliver" {
  command = plan

  variables {
    function = { delivery_deadline = "99ms" }
  }

  expect_failures = [var.function]
}

run "batch_that_waits_too_long" {
  command = plan

  variables {
    function = { batch_linger = "1001ms" }
  }

  expect_failures = [var.function]
}

run "query_that_outlasts_its_request" {
  command = plan

  variables {
    api = { query_timeout = "8001ms" }
  }

  expect_failures = [var.api]
}

run "no_time_to_query" {
  command = plan

  variables {
    api = { query_timeout = "99ms" }
  }

  expect_failures = [var.api]
}

run "lookback_of_seconds" {
  command = plan

  variables {
    api = { default_lookback = "59s" }
  }

  expect_failures = [var.api]
}

run "lookback_of_years" {
  command = plan

  variables {
    api = { default_lookback = "367d" }
  }

  expect_failures = [var.api]
}

run "deduplication_over_months" {
  command = plan

  variables {
    api = { dedup_window = "32d" }
  }

  expect_failures = [var.api]
}

run "cache_of_hours" {
  command = plan

  variables {
    api = { cache_ttl = "6m" }
  }

  expect_failures = [var.api]
}

run "no_limit_to_what_a_query_costs" {
  command = plan

  variables {
    api = { max_bytes_billed = 2251799813685248 }
  }

  expect_failures = [var.api]
}

run "no_limit_to_requests" {
  command = plan

  variables {
    api = { rate_limit_per_minute = 10000001 }
  }

  expect_failures = [var.api]
}

run "load_balancer_that_ci_may_not_manage" {
  command = plan

  variables {
    api_ingress = "load_balancer"
    domain      = "api.example.com"
    foundation  = merge(var.foundation, { network_perimeter = false })
  }

  expect_failures = [var.api_ingress]
}

run "network_that_ci_may_not_manage" {
  command = plan

  variables {
    egress     = "vpc"
    foundation = merge(var.foundation, { network_perimeter = false })
  }

  expect_failures = [var.egress]
}
