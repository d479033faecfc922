# From the topic to the table: by pushes to the function, or by Pub/Sub itself.
resource "google_pubsub_subscription" "ingest" {
  count = var.serving && (local.deployed.function || !local.pushes) ? 1 : 0

  project = var.project_id
  name    = "data-ingest-subscription"
  topic   = google_pubsub_topic.ingest.name
  # How long a push may take. The function answers within 8 s.
  ack_deadline_seconds       = 10
  message_retention_duration = "${var.retention_days.messages * 86400}s"
  deletion_policy            = local.deletion_policy

  expiration_policy {
    ttl = "" # never: an idle pipeline keeps its subscription
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  dead_letter_policy {
    dead_letter_topic     = "${local.project}/topics/${google_pubsub_topic.dead_letters.name}"
    max_delivery_attempts = var.max_delivery_attempts
  }

  dynamic "push_config" {
    for_each = local.pushes ? [module.function[0].uri] : []
    content {
      # The default run.app address: the only one at which Pub/Sub reaches internal ingress.
      push_endpoint = "${push_config.value}/"

      oidc_token {
        service_account_email = var.foundation.accounts.push
        # Said explicitly: absent, it is the address with its path, which the function does not know.
        audience = local.audiences.function
      }
    }
  }

  dynamic "bigquery_config" {
    for_each = local.pushes ? [] : [1]
    content {
      table            = "${var.project_id}.${google_bigquery_dataset.analytics.dataset_id}.${google_bigquery_table.rows.table_id}"
      use_table_schema = true
      write_metadata   = true
      # A field that the table does not know makes the message a dead letter, instead of vanishing.
      drop_unknown_fields = false
    }
  }

  # Last: who pushes may invoke by then, who takes a message may write it, and what fails has a place to go.
  depends_on = [
    google_bigquery_table_iam_binding.quarantine_writer,
    google_bigquery_table_iam_binding.writers,
    google_cloud_run_v2_service_iam_binding.function_pusher,
    google_pubsub_topic_iam_binding.dead_letter_forwarder,
  ]
}

# Pub/Sub takes the message out of here when it becomes a dead letter.
resource "google_pubsub_subscription_iam_binding" "dead_letter_source" {
  count = length(google_pubsub_subscription.ingest)

  project      = var.project_id
  subscription = google_pubsub_subscription.ingest[0].name
  role         = "roles/pubsub.subscriber"
  members      = [local.pubsub_agent]
}
