# Whatever makes a revision is in its name: Cloud Run refuses a name that it knows with another content.
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

run "before" {
  command = plan
}

run "another_image" {
  command = plan

  variables {
    images = { api = "europe-west1-docker.pkg.dev/data-prod-4711/images/data-api@sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", function = "europe-west1-docker.pkg.dev/data-prod-4711/images/pubsub-to-bigquery@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" }
  }

  assert {
    condition     = output.revisions.api != run.before.revisions.api
    error_message = "The name of the revision has to change."
  }
}

run "another_account" {
  command = plan

  variables {
    foundation = merge(var.foundation, { accounts = merge(var.foundation.accounts, { api = "other-api@data-prod-4711.iam.gserviceaccount.com" }) })
  }

  assert {
    condition     = output.revisions.api != run.before.revisions.api
    error_message = "The name of the revision has to change."
  }
}

run "another_key" {
  command = plan

  variables {
    foundation = merge(var.foundation, { keys = merge(var.foundation.keys, { services = "projects/data-prod-4711/locations/europe-west1/keyRings/pipeline-2/cryptoKeys/services-2" }) })
  }

  assert {
    condition     = output.revisions.api != run.before.revisions.api
    error_message = "The name of the revision has to change."
  }
}

run "another_network" {
  command = plan

  variables {
    egress = "vpc"
  }

  assert {
    condition     = output.revisions.api != run.before.revisions.api
    error_message = "The name of the revision has to change."
  }
}

run "another_caller" {
  command = plan

  variables {
    callers = ["user:other@example.com"]
  }

  assert {
    condition     = output.revisions.api != run.before.revisions.api
    error_message = "The name of the revision has to change."
  }
}

run "more_threads" {
  command = plan

  variables {
    api = { threads = 17 }
  }

  assert {
    condition     = output.revisions.api != run.before.revisions.api
    error_message = "The name of the revision has to change."
  }
}

run "more_cpu" {
  command = plan

  variables {
    api = { cpu = "2" }
  }

  assert {
    condition     = output.revisions.api != run.before.revisions.api
    error_message = "The name of the revision has to change."
  }
}

run "more_memory" {
  command = plan

  variables {
    api = { memory = "1Gi" }
  }

  assert {
    condition     = output.revisions.api != run.before.revisions.api
    error_message = "The name of the revision has to change."
  }
}

run "more_instances_at_least" {
  command = plan

  variables {
    api = { min_instances = 1 }
  }

  assert {
    condition     = output.revisions.api != run.before.revisions.api
    error_message = "The name of the revision has to change."
  }
}

run "more_instances_at_most" {
  command = plan

  variables {
    api = { max_instances = 11 }
  }

  assert {
    condition     = output.revisions.api != run.before.revisions.api
    error_message = "The name of the revision has to change."
  }
}

run "another_setting" {
  command = plan

  variables {
    api = { cache_ttl = "3s" }
  }

  assert {
    condition     = output.revisions.api != run.before.revisions.api
    error_message = "The name of the revision has to change."
  }
}

run "traffic_alone" {
  command = plan

  variables {
    canary = { api = { stable_revision = "data-api-0123456789ab", percent = 5 } }
  }

  assert {
    condition     = output.revisions.api == run.before.revisions.api
    error_message = "Traffic is no part of a revision: its name stays, or each step of a canary would start anew."
  }
}
