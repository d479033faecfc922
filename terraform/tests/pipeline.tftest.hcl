# The pipeline as it stands in an ordinary project, step by step from empty to canary.
mock_provider "google" {
  override_during = plan

  mock_resource "google_cloud_run_v2_service" {
    defaults = { uri = "https://service-abc123-ew.a.run.app" }
  }
}

variables {
  project_id = "data-prod-4711"
  region     = "europe-west1"
  monitored  = true
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

run "before_the_first_signed_image" {
  command = plan

  variables {
    images = {}
  }

  assert {
    condition     = length(module.api) == 0 && length(module.function) == 0
    error_message = "Without a signed image there is no service."
  }
  assert {
    condition     = length(google_pubsub_subscription.ingest) == 0
    error_message = "Nothing is subscribed as long as nobody takes the messages."
  }
  assert {
    condition     = google_pubsub_topic.ingest.name == "data-ingest-topic" && google_pubsub_topic.ingest.message_retention_duration == "604800s"
    error_message = "The topic is there from the start, and keeps what is published meanwhile."
  }
}

run "first_deployment" {
  command = plan

  variables {
    serving = false
  }

  assert {
    condition     = google_cloud_run_v2_service_iam_binding.api_callers[0].members == toset(["serviceAccount:release-smoke@data-prod-4711.iam.gserviceaccount.com"])
    error_message = "Until the smoke test passed, only it may call."
  }
  assert {
    condition     = length(google_pubsub_subscription.ingest) == 0
    error_message = "Until the smoke test passed, nothing is pushed."
  }
  assert {
    condition     = alltrue([for target in module.api[0].traffic : target.percent == 100])
    error_message = "There is no revision before the first one."
  }
}

run "serving" {
  command = plan

  # Names
  assert {
    condition = (
      google_pubsub_subscription.ingest[0].name == "data-ingest-subscription"
      && google_bigquery_dataset.analytics.dataset_id == "analytics_dataset"
      && google_bigquery_table.rows.table_id == "example_table"
      && module.api[0].name == "data-api"
      && module.function[0].name == "pubsub-to-bigquery"
    )
    error_message = "The names that users, documents and alerts know."
  }

  # Encryption
  assert {
    condition = alltrue([
      for topic in [google_pubsub_topic.ingest, google_pubsub_topic.dead_letters] : topic.kms_key_name == var.foundation.keys.topics
    ])
    error_message = "Every topic has a customer-managed key."
  }
  assert {
    condition = alltrue([
      for table in [google_bigquery_table.rows, google_bigquery_table.quarantine] :
      table.encryption_configuration[0].kms_key_name == var.foundation.keys.tables
    ]) && google_bigquery_dataset.analytics.default_encryption_configuration[0].kms_key_name == var.foundation.keys.tables
    error_message = "Every table has a customer-managed key, and what is made later too."
  }

  # Storage
  assert {
    condition = alltrue([
      for topic in [google_pubsub_topic.ingest, google_pubsub_topic.dead_letters] :
      topic.message_storage_policy[0].allowed_persistence_regions == toset(["europe-west1"])
    ])
    error_message = "Messages rest in the region."
  }
  assert {
    condition = alltrue([
      for table in [google_bigquery_table.rows, google_bigquery_table.quarantine] : (
        table.require_partition_filter && table.deletion_protection
        && table.time_partitioning[0].type == "DAY" && table.time_partitioning[0].field == "publish_time"
        && table.time_partitioning[0].expiration_ms > 0 && length(table.clustering) > 0
      )
    ])
    error_message = "Tables are partitioned by day, clustered, expire, need a partition filter and refuse deletion."
  }
  assert {
    condition = (
      length(google_bigquery_dataset.analytics.access) == 1
      && one(google_bigquery_dataset.analytics.access).group_by_email == "data-owners@example.com"
      && one(google_bigquery_dataset.analytics.access).special_group == null
    )
    error_message = "The dataset has one owner, and no project-wide group of readers or writers."
  }

  # Delivery
  assert {
    condition = (
      google_pubsub_subscription.ingest[0].push_config[0].oidc_token[0].service_account_email == var.foundation.accounts.push
      && google_pubsub_subscription.ingest[0].push_config[0].oidc_token[0].audience == "https://pubsub-to-bigquery.data-prod-4711.internal"
      && startswith(google_pubsub_subscription.ingest[0].push_config[0].push_endpoint, "https://")
    )
    error_message = "Pushes carry an ID token of the push identity for an explicit audience."
  }
  assert {
    condition = (
      google_pubsub_subscription.ingest[0].dead_letter_policy[0].dead_letter_topic == "projects/data-prod-4711/topics/data-ingest-dead-letter"
      && google_pubsub_subscription.ingest[0].expiration_policy[0].ttl == ""
      && google_pubsub_subscription.dead_letters.expiration_policy[0].ttl == ""
      && google_pubsub_topic_iam_binding.dead_letter_forwarder.members == toset([local.pubsub_agent])
      && google_pubsub_subscription_iam_binding.dead_letter_source[0].members == toset([local.pubsub_agent])
    )
    error_message = "Dead letters are wired with both of Pub/Sub's grants, and no subscription expires."
  }
  assert {
    # 10 s, 20 s, ... doubled up to 600 s between the attempts.
    condition     = sum([for attempt in range(var.max_delivery_attempts - 1) : min(600, 10 * pow(2, attempt))]) >= 7200
    error_message = "A message outlasts an outage of two hours."
  }
  assert {
    condition     = google_pubsub_topic.ingest.schema_settings[0].encoding == "JSON" && google_pubsub_schema.record.type == "PROTOCOL_BUFFER"
    error_message = "The topic refuses what does not fit the contract."
  }

  # Who
  assert {
    condition = (
      google_cloud_run_v2_service_iam_binding.function_pusher[0].members == toset(["serviceAccount:${var.foundation.accounts.push}"])
      && google_cloud_run_v2_service_iam_binding.function_pusher[0].role == "roles/run.servicesInvoker"
    )
    error_message = "Only the push identity invokes the function."
  }
  assert {
    condition = google_cloud_run_v2_service_iam_binding.api_callers[0].members == toset([
      "serviceAccount:release-smoke@data-prod-4711.iam.gserviceaccount.com",
      "serviceAccount:reader@data-prod-4711.iam.gserviceaccount.com",
      "serviceAccount:service-123456789012@gcp-sa-monitoring-notification.iam.gserviceaccount.com",
    ])
    error_message = "The callers on the list, the smoke test and the uptime check call the API."
  }
  assert {
    condition     = local.api_callers == ["serviceAccount:release-smoke@data-prod-4711.iam.gserviceaccount.com", "serviceAccount:reader@data-prod-4711.iam.gserviceaccount.com"]
    error_message = "The uptime check is none of the API's own callers: it gets no row."
  }
  assert {
    condition = (
      google_bigquery_table_iam_binding.readers.members == toset(["serviceAccount:${var.foundation.accounts.api}"])
      && google_bigquery_table_iam_binding.writers.members == toset(["serviceAccount:${var.foundation.accounts.function}"])
      && google_bigquery_table_iam_binding.quarantine_writer[0].members == toset(["serviceAccount:${var.foundation.accounts.function}"])
      && google_bigquery_table_iam_binding.quarantine_readers[0].members == toset(["group:operators@example.com"])
    )
    error_message = "The API reads, the function writes, operators look at the quarantine."
  }
}

run "canary" {
  command = plan

  variables {
    canary = {
      api      = { stable_revision = "data-api-0123456789ab", percent = 5 }
      function = { stable_revision = "pubsub-to-bigquery-0123456789ab", percent = 0 }
    }
  }

  assert {
    condition     = alltrue([for service in [module.api[0], module.function[0]] : sum(service.traffic[*].percent) == 100])
    error_message = "Percentages sum to 100."
  }
  assert {
    condition     = [for target in module.api[0].traffic : target.percent if target.tag == "candidate"] == [5]
    error_message = "The candidate gets its share and keeps its own address."
  }
  assert {
    condition     = [for target in module.function[0].traffic : target.percent if target.revision == "pubsub-to-bigquery-0123456789ab"] == [100]
    error_message = "A candidate at 0 % leaves everything to the revision before."
  }
  assert {
    condition     = one([for target in output.traffic.function : target.revision if target.percent == 100]) == "pubsub-to-bigquery-0123456789ab" && output.revisions.function == module.function[0].revision
    error_message = "The outputs tell which revision serves, and which one is new."
  }
}

run "canary_at_the_end" {
  command = plan

  variables {
    canary = { api = { stable_revision = "data-api-0123456789ab", percent = 100 } }
  }

  assert {
    condition     = length(module.api[0].traffic) == 1 && module.api[0].traffic[0].percent == 100 && module.api[0].traffic[0].revision == module.api[0].revision
    error_message = "At 100 % the revision before is left out."
  }
}

run "without_the_function" {
  command = plan

  variables {
    ingest_mode = "bigquery_subscription"
  }

  assert {
    condition     = length(module.function) == 0 && length(google_bigquery_table_iam_binding.quarantine_writer) == 0
    error_message = "No code, no grant for it."
  }
  assert {
    condition = (
      google_pubsub_subscription.ingest[0].bigquery_config[0].table == "data-prod-4711.analytics_dataset.example_table"
      && google_pubsub_subscription.ingest[0].bigquery_config[0].write_metadata
      && google_pubsub_subscription.ingest[0].bigquery_config[0].use_table_schema
      && !google_pubsub_subscription.ingest[0].bigquery_config[0].drop_unknown_fields
      && length(google_pubsub_subscription.ingest[0].push_config) == 0
    )
    error_message = "Pub/Sub writes rows that the API can read, and drops nothing silently."
  }
  assert {
    condition     = google_bigquery_table_iam_binding.writers.members == toset(["serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"])
    error_message = "Pub/Sub's own identity writes the one table."
  }
}

run "nobody_to_look_and_nobody_to_call" {
  command = plan

  variables {
    callers    = []
    publishers = []
    foundation = {
      project_number    = "123456789012"
      network_perimeter = true
      data_location     = "EU"
      data_owner        = "user:owner@example.com"
      operators         = []
      registry          = "europe-west1-docker.pkg.dev/data-prod-4711/images"
      keys = {
        topics   = "projects/data-prod-4711/locations/europe-west1/keyRings/pipeline-1/cryptoKeys/topics-1"
        tables   = "projects/data-prod-4711/locations/europe/keyRings/pipeline-1/cryptoKeys/tables-1"
        services = "projects/data-prod-4711/locations/europe-west1/keyRings/pipeline-1/cryptoKeys/services-1"
      }
      accounts = {
        api      = "data-api@data-prod-4711.iam.gserviceaccount.com"
        function = "pubsub-to-bigquery@data-prod-4711.iam.gserviceaccount.com"
        push     = "pubsub-push@data-prod-4711.iam.gserviceaccount.com"
        smoke    = "release-smoke@data-prod-4711.iam.gserviceaccount.com"
      }
      roles = { table_reader = "projects/data-prod-4711/roles/table_reader", table_writer = "projects/data-prod-4711/roles/table_writer" }
    }
  }

  assert {
    condition     = google_cloud_run_v2_service_iam_binding.api_callers[0].members == toset(["serviceAccount:release-smoke@data-prod-4711.iam.gserviceaccount.com", local.monitoring_agent])
    error_message = "Without callers, the smoke test and the uptime check alone call."
  }
  assert {
    condition     = length(google_bigquery_table_iam_binding.quarantine_readers) == 0 && length(google_pubsub_subscription_iam_binding.dead_letter_readers) == 0
    error_message = "Without operators nobody reads what was put aside."
  }
  assert {
    condition     = google_bigquery_dataset.analytics.location == "EU" && one(google_bigquery_dataset.analytics.access).user_by_email == "owner@example.com"
    error_message = "A multi-region, and a person as the owner."
  }
}

run "not_monitored_yet" {
  command = plan

  variables {
    monitored = false
  }

  assert {
    condition     = !contains(google_cloud_run_v2_service_iam_binding.api_callers[0].members, local.monitoring_agent)
    error_message = "Before the first uptime check its identity does not exist, and a grant to it would fail."
  }
}

run "unusual_but_legal" {
  command = plan

  variables {
    project_id    = "a23456789012345678901234567890"
    region        = "northamerica-northeast2"
    service_names = { api = "a234567890123456789012345678901234567890123456789", function = "ingest" }
    callers       = ["serviceAccount:a@b.iam.gserviceaccount.com", "user:Jane.O'Neil+x@example.co.uk", "serviceAccount:1234-compute@developer.gserviceaccount.com"]
    policy_tags   = { name = "projects/p/locations/northamerica-northeast2/taxonomies/1/policyTags/2" }
    protected     = false
    # Each at one end of what the services accept.
    api      = { default_lookback = "366d", dedup_window = "0s", cache_ttl = "300s", query_timeout = "100ms", max_bytes_billed = 1125899906842624, rate_limit_per_minute = 1 }
    function = { delivery_deadline = "8000ms", batch_linger = "1s" }
    images = {
      api      = "northamerica-northeast2-docker.pkg.dev/a23456789012345678901234567890/images/data-api@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      function = "northamerica-northeast2-docker.pkg.dev/a23456789012345678901234567890/images/pubsub-to-bigquery@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
    }
    foundation = {
      project_number    = "1"
      network_perimeter = true
      data_location     = "northamerica-northeast2"
      data_owner        = "group:data-owners@example.com"
      operators         = ["user:one@example.com", "group:two@example.com"]
      registry          = "northamerica-northeast2-docker.pkg.dev/a23456789012345678901234567890/images"
      keys = {
        topics   = "projects/keys/locations/northamerica-northeast2/keyRings/r/cryptoKeys/t"
        tables   = "projects/keys/locations/northamerica-northeast2/keyRings/r/cryptoKeys/b"
        services = "projects/keys/locations/northamerica-northeast2/keyRings/r/cryptoKeys/s"
      }
      accounts = {
        api      = "data-api@a23456789012345678901234567890.iam.gserviceaccount.com"
        function = "pubsub-to-bigquery@a23456789012345678901234567890.iam.gserviceaccount.com"
        push     = "pubsub-push@a23456789012345678901234567890.iam.gserviceaccount.com"
        smoke    = "release-smoke@a23456789012345678901234567890.iam.gserviceaccount.com"
      }
      roles = { table_reader = "projects/a23456789012345678901234567890/roles/table_reader", table_writer = "projects/a23456789012345678901234567890/roles/table_writer" }
    }
  }

  assert {
    condition     = length(module.api[0].revision) <= 63
    error_message = "A revision's name has at most 63 characters."
  }
  assert {
    condition     = length(google_cloud_run_v2_service_iam_binding.api_callers[0].members) == 5
    error_message = "Every caller on the list."
  }
  assert {
    condition     = [for column in jsondecode(google_bigquery_table.rows.schema) : column.policyTags.names[0] if can(column.policyTags)] == ["projects/p/locations/northamerica-northeast2/taxonomies/1/policyTags/2"]
    error_message = "The tag is on its column, and on no other."
  }
  assert {
    condition     = !google_bigquery_table.rows.deletion_protection && google_pubsub_topic.ingest.deletion_policy == "DELETE"
    error_message = "Protection can be taken off on purpose."
  }
}

run "behind_the_perimeter" {
  command = plan

  variables {
    api_ingress = "load_balancer"
    domain      = "api.example.com"
    egress      = "vpc"
    policy_tags = { name = "projects/data-prod-4711/locations/europe-west1/taxonomies/1/policyTags/2" }
    canary      = { api = { stable_revision = "data-api-0123456789ab", percent = 0 } }
  }

  assert {
    condition     = output.api_url == "https://api.example.com"
    error_message = "The way in is the load balancer."
  }
}
