output "api_url" {
  description = "Where GET /data is, once the API is deployed."
  value       = length(module.api) == 0 ? null : var.api_ingress == "load_balancer" ? "https://${var.domain}" : module.api[0].uri
}

output "audiences" {
  description = "The audience that an ID token for each service names."
  value       = local.audiences
}

output "revisions" {
  description = "The revision of each service that this configuration makes. The next release's stable_revision is the one that serves: see `traffic`."
  value = merge(
    { for service in module.api : "api" => service.revision },
    { for service in module.function : "function" => service.revision },
  )
}

output "traffic" {
  description = "Which revision of each service gets which percentage of the requests, and under which tag. After a rollback it is not the revision of `images` that serves."
  value = merge(
    { for service in module.api : "api" => service.traffic },
    { for service in module.function : "function" => service.traffic },
  )
}

output "topic" {
  description = "Full name of the topic to publish to."
  value       = "${local.project}/topics/${google_pubsub_topic.ingest.name}"
}

output "dead_letter_subscription" {
  description = "Full name of the subscription that holds what could not be delivered."
  value       = "${local.project}/subscriptions/${google_pubsub_subscription.dead_letters.name}"
}

output "table" {
  description = "The table of the rows, as SQL names it."
  value       = "${var.project_id}.${google_bigquery_dataset.analytics.dataset_id}.${google_bigquery_table.rows.table_id}"
}
