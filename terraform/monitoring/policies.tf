# monitoring/rules.yaml as alert policies: the same bytes that promtool tests.
module "rules" {
  source = "./rules"

  document = yamldecode(file("${local.folder}/rules.yaml"))
  names = merge(
    { data-api = var.service_names.api, pubsub-to-bigquery = var.service_names.function },
    { for name, check in google_monitoring_uptime_check_config.api : name => check.uptime_check_id },
  )
  texts = merge(
    { for metric in local.log_metrics : "filter ${metric.name}" => metric.filter },
    { for key, chart in local.charts : "chart ${key}" => chart.query },
  )
}

resource "google_monitoring_alert_policy" "this" {
  for_each = module.rules.policies

  project               = var.project_id
  display_name          = "${each.value.group}/${each.key}"
  combiner              = "OR"
  enabled               = true
  severity              = { page = "CRITICAL", ticket = "WARNING" }[each.value.severity]
  notification_channels = local.channels[each.value.severity]

  conditions {
    display_name = each.key

    condition_prometheus_query_language {
      query               = each.value.query
      duration            = each.value.duration
      evaluation_interval = each.value.interval
      rule_group          = each.value.group
      alert_rule          = each.key
      labels              = each.value.labels
      # In a new project no metric was ever written, and the policy could not be made. That a name is no
      # slip of the pen is what monitoring/metrics.yaml and its tests are for.
      disable_metric_validation = true
    }
  }

  # The runbook travels with the alert: whoever is woken up may have nothing else at hand.
  documentation {
    mime_type = "text/markdown"
    subject   = each.value.summary
    content   = "${each.value.runbook}\n\n${file("${path.module}/../../${each.value.runbook}")}"
  }

  alert_strategy {
    auto_close = "1800s"
  }

  depends_on = [google_logging_metric.this]

  lifecycle {
    precondition {
      condition     = can(regex("^docs/runbooks/[a-z0-9-]+\\.md$", each.value.runbook))
      error_message = "${each.key}: its runbook is no file of docs/runbooks/."
    }
    # Source: https://cloud.google.com/monitoring/alerts/doc-alerts#limitations
    precondition {
      condition     = length("${each.value.runbook}\n\n${file("${path.module}/../../${each.value.runbook}")}") <= 8192
      error_message = "${each.key}: an alert carries 8192 characters, and its runbook has more."
    }
  }
}
