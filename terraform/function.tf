# pubsub-to-bigquery: takes each push, and answers once the row is durable.
module "function" {
  source = "./service"
  count  = local.deployed.function ? 1 : 0

  project_id      = var.project_id
  region          = var.region
  name            = var.service_names.function
  image           = var.images.function
  service_account = var.foundation.accounts.function
  encryption_key  = var.foundation.keys.services
  # Pub/Sub of the same project counts as internal; nobody else has to reach it.
  ingress   = "INGRESS_TRAFFIC_INTERNAL_ONLY"
  audience  = local.audiences.function
  vpc       = local.vpc
  canary    = lookup(var.canary, "function", null)
  protected = var.protected

  threads       = var.function.threads
  cpu           = var.function.cpu
  memory        = var.function.memory
  min_instances = var.function.min_instances
  max_instances = var.function.max_instances
  ready_path    = "/health/ready"

  environment = {
    PROJECT_ID            = var.project_id
    DATASET               = google_bigquery_dataset.analytics.dataset_id
    TABLE_NAME            = google_bigquery_table.rows.table_id
    QUARANTINE_TABLE_NAME = google_bigquery_table.quarantine.table_id
    ALLOWED_CALLERS       = var.foundation.accounts.push
    SUBSCRIPTIONS         = "${local.project}/subscriptions/data-ingest-subscription"
    REPLAY_SUBSCRIPTIONS  = "${local.project}/subscriptions/data-ingest-replay"
    DELIVERY_DEADLINE     = var.function.delivery_deadline
    BATCH_LINGER          = var.function.batch_linger
  }

  # It answers "not ready" as long as it may not write.
  depends_on = [google_bigquery_table_iam_binding.writers, google_bigquery_table_iam_binding.quarantine_writer]
}

# Only Pub/Sub's push identity invokes it.
resource "google_cloud_run_v2_service_iam_binding" "function_pusher" {
  count = length(module.function)

  project  = var.project_id
  location = var.region
  name     = module.function[0].name
  role     = "roles/run.servicesInvoker"
  members  = [local.members.push]
}
