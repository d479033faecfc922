# What is counted from log lines, by the filters that tests feed with what the services really log.
locals {
  log_metrics = yamldecode(file("${local.folder}/metrics.yaml")).logs
}

resource "google_logging_metric" "this" {
  for_each = { for metric in local.log_metrics : metric.name => metric }

  project     = var.project_id
  name        = each.key
  description = each.value.description
  filter      = module.rules.texts["filter ${each.key}"]
  # A label is one of the resource's own (service_name, revision_name), so none is extracted.
  value_extractor = try(each.value.value_extractor, null)

  metric_descriptor {
    metric_kind = each.value.kind
    value_type  = each.value.value
    unit        = each.value.unit
  }

  dynamic "bucket_options" {
    for_each = can(each.value.bounds) ? [each.value.bounds] : []
    content {
      explicit_buckets {
        bounds = bucket_options.value
      }
    }
  }
}
