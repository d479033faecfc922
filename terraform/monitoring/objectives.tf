# The promises of monitoring/slo.yaml for the calendar month's report. The alerts on their budgets are
# PromQL (policies.tf), since only that can be tested without a project; both read the same goals.
locals {
  promises = yamldecode(file("${local.folder}/slo.yaml"))
  goals    = { for objective in local.promises.objectives : objective.name => objective }

  api_answers = join(" ", [
    "metric.type=\"run.googleapis.com/request_count\"",
    "resource.type=\"cloud_run_revision\"",
    "resource.labels.service_name=\"${var.service_names.api}\"",
  ])
  counted = {
    for metric in local.log_metrics : metric.name =>
    "metric.type=\"logging.googleapis.com/user/${metric.name}\" resource.type=\"${metric.resource}\""
  }

  # What an objective's own language can say. Two metrics cannot be added in it: what found no free
  # instance and dead letters count in the alerts alone.
  indicators = {
    api_availability = { good = null, bad = "${local.api_answers} metric.labels.response_code_class=\"5xx\"", total = local.api_answers, below = null }
    api_latency      = { good = local.counted.api_fast, bad = null, total = local.counted.api_requests, below = null }
    ingest_freshness = { good = null, bad = null, total = local.counted.ingest_e2e_seconds, below = local.promises.late_after_s }
  }
}

resource "google_monitoring_custom_service" "pipeline" {
  project      = var.project_id
  service_id   = "pipeline"
  display_name = "The pipeline"
}

resource "google_monitoring_slo" "this" {
  for_each = local.goals

  project         = var.project_id
  service         = google_monitoring_custom_service.pipeline.service_id
  slo_id          = replace(each.key, "_", "-")
  display_name    = each.value.promise
  goal            = tonumber(each.value.goal)
  calendar_period = "MONTH"

  request_based_sli {
    dynamic "good_total_ratio" {
      for_each = local.indicators[each.key].below == null ? [local.indicators[each.key]] : []
      content {
        good_service_filter  = good_total_ratio.value.good
        bad_service_filter   = good_total_ratio.value.bad
        total_service_filter = good_total_ratio.value.total
      }
    }

    dynamic "distribution_cut" {
      for_each = local.indicators[each.key].below == null ? [] : [local.indicators[each.key]]
      content {
        distribution_filter = distribution_cut.value.total

        # From min up to, and not including, max.
        range {
          min = 0
          max = distribution_cut.value.below
        }
      }
    }
  }

  depends_on = [google_logging_metric.this]
}
