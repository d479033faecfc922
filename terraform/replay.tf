# What operators send again. It has a topic of its own, since a message of it says which message it was the
# first time and when: whoever may say that could put a row in another publisher's place.
resource "google_pubsub_topic" "replay" {
  project                    = var.project_id
  name                       = "data-ingest-replay"
  kms_key_name               = var.foundation.keys.topics
  message_retention_duration = "${var.retention_days.messages * 86400}s"
  deletion_policy            = local.deletion_policy

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }
}

# Operators alone. With no operator there is nobody.
resource "google_pubsub_topic_iam_binding" "replayers" {
  count = length(var.foundation.operators) == 0 ? 0 : 1

  project = var.project_id
  topic   = google_pubsub_topic.replay.name
  role    = "roles/pubsub.publisher"
  members = var.foundation.operators
}

# To the same function, which knows by the subscription's name that it is a replay.
resource "google_pubsub_subscription" "replay" {
  count = var.serving && local.pushes && local.deployed.function ? 1 : 0

  project                    = var.project_id
  name                       = "data-ingest-replay"
  topic                      = google_pubsub_topic.replay.name
  ack_deadline_seconds       = 10
  message_retention_duration = "${var.retention_days.messages * 86400}s"
  deletion_policy            = local.deletion_policy

  expiration_policy {
    ttl = "" # never: nobody replays for months
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  dead_letter_policy {
    dead_letter_topic     = "${local.project}/topics/${google_pubsub_topic.dead_letters.name}"
    max_delivery_attempts = var.max_delivery_attempts
  }

  push_config {
    push_endpoint = "${module.function[0].uri}/"

    oidc_token {
      service_account_email = var.foundation.accounts.push
      audience              = local.audiences.function
    }
  }

  depends_on = [
    google_bigquery_table_iam_binding.quarantine_writer,
    google_bigquery_table_iam_binding.writers,
    google_cloud_run_v2_service_iam_binding.function_pusher,
    google_pubsub_topic_iam_binding.dead_letter_forwarder,
  ]
}

# Pub/Sub takes the message out of here when it becomes a dead letter.
resource "google_pubsub_subscription_iam_binding" "replay_source" {
  count = length(google_pubsub_subscription.replay)

  project      = var.project_id
  subscription = google_pubsub_subscription.replay[0].name
  role         = "roles/pubsub.subscriber"
  members      = [local.pubsub_agent]
}
