locals {
  regions = jsondecode(file("${path.module}/regions.json")).regions
  project = "projects/${var.project_id}"

  # The data contract: the only place that knows the columns.
  contract = jsondecode(file("${path.module}/../schema/example_table.json"))
  columns  = [for column in local.contract : column.name]

  # Strings that are only compared. Nobody has a web site of this name: `internal` is reserved for it.
  audiences = {
    api      = "https://${var.service_names.api}.${var.project_id}.internal"
    function = "https://${var.service_names.function}.${var.project_id}.internal"
  }

  pubsub_agent = "serviceAccount:service-${var.foundation.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"
  # Whose token the uptime check sends.
  # Source: https://cloud.google.com/monitoring/uptime-checks#service-agent-auth
  monitoring_agent = "serviceAccount:service-${var.foundation.project_number}@gcp-sa-monitoring-notification.iam.gserviceaccount.com"
  members          = { for name, email in var.foundation.accounts : name => "serviceAccount:${email}" }

  pushes          = var.ingest_mode == "function"
  deployed        = { api = contains(keys(var.images), "api"), function = local.pushes && contains(keys(var.images), "function") }
  deletion_policy = var.protected ? "PREVENT" : "DELETE"
}
