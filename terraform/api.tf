# data-api: reads the table for the callers on the list.
module "api" {
  source = "./service"
  count  = local.deployed.api ? 1 : 0

  project_id      = var.project_id
  region          = var.region
  name            = var.service_names.api
  image           = var.images.api
  service_account = var.foundation.accounts.api
  encryption_key  = var.foundation.keys.services
  # IAM guards it either way; behind the load balancer the default address is closed as well.
  ingress  = var.api_ingress == "load_balancer" ? "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" : "INGRESS_TRAFFIC_ALL"
  audience = local.audiences.api
  # Monitoring's tokens name the address that they are for, and the platform does not know the domain.
  platform_audiences = local.load_balanced ? ["https://${var.domain}"] : []
  vpc                = local.vpc
  canary             = lookup(var.canary, "api", null)
  protected          = var.protected

  threads       = var.api.threads
  cpu           = var.api.cpu
  memory        = var.api.memory
  min_instances = var.api.min_instances
  max_instances = var.api.max_instances
  ready_path    = "/health/ready"

  environment = {
    PROJECT_ID            = var.project_id
    DATASET               = google_bigquery_dataset.analytics.dataset_id
    TABLE_NAME            = google_bigquery_table.rows.table_id
    SMOKE_CALLERS         = var.foundation.accounts.smoke
    ALLOWED_CALLERS       = join(",", [for member in local.api_callers : split(":", member)[1]])
    DEFAULT_LOOKBACK      = var.api.default_lookback
    DEDUP_WINDOW          = var.api.dedup_window
    CACHE_TTL             = var.api.cache_ttl
    QUERY_TIMEOUT         = var.api.query_timeout
    MAX_BYTES_BILLED      = tostring(var.api.max_bytes_billed)
    RATE_LIMIT_PER_MINUTE = tostring(var.api.rate_limit_per_minute)
  }

  # It answers "not ready" as long as it may not read.
  depends_on = [google_bigquery_table_iam_binding.readers]
}

locals {
  # The smoke test calls before anybody else may.
  api_callers = concat([local.members.smoke], var.serving ? var.callers : [])

  # The uptime check of terraform/monitoring/ gets as far as /health, which needs no caller: it is not on
  # the API's own list, so it reads nothing.
  health_askers = var.serving && var.monitored ? [local.monitoring_agent] : []
}

# The platform lets the callers on the list through, and nobody else. The list is authoritative: an
# `allUsers` that somebody adds to this role shows up in the next plan.
resource "google_cloud_run_v2_service_iam_binding" "api_callers" {
  count = length(module.api)

  project  = var.project_id
  location = var.region
  name     = module.api[0].name
  role     = "roles/run.servicesInvoker"
  members  = concat(local.api_callers, local.health_askers)
}
