# What could not be delivered: kept until somebody has looked, never expiring.
resource "google_pubsub_topic" "dead_letters" {
  project         = var.project_id
  name            = "data-ingest-dead-letter"
  kms_key_name    = var.foundation.keys.topics
  deletion_policy = local.deletion_policy

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }
}

# Without it the topic would forget each message at once.
resource "google_pubsub_subscription" "dead_letters" {
  project                    = var.project_id
  name                       = "data-ingest-dead-letter"
  topic                      = google_pubsub_topic.dead_letters.name
  ack_deadline_seconds       = 60
  message_retention_duration = "2678400s" # 31 days, the longest there is
  retain_acked_messages      = true       # so that a replay can be done twice
  deletion_policy            = local.deletion_policy

  expiration_policy {
    ttl = "" # never; the default deletes a subscription that nobody used for 31 days
  }
}

# Pub/Sub itself moves a message here when its last attempt has failed.
resource "google_pubsub_topic_iam_binding" "dead_letter_forwarder" {
  project = var.project_id
  topic   = google_pubsub_topic.dead_letters.name
  role    = "roles/pubsub.publisher"
  members = [local.pubsub_agent]
}

# Operators take dead letters out and publish them again. With no operator there is nobody.
resource "google_pubsub_subscription_iam_binding" "dead_letter_readers" {
  count = length(var.foundation.operators) == 0 ? 0 : 1

  project      = var.project_id
  subscription = google_pubsub_subscription.dead_letters.name
  role         = "roles/pubsub.subscriber"
  members      = var.foundation.operators
}
