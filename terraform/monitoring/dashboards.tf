# monitoring/dashboards.yaml as dashboards. A tile draws what its alerts compare, with their limits, and
# queries of its own.
locals {
  dashboards = yamldecode(file("${local.folder}/dashboards.yaml")).dashboards

  charts = merge([
    for dashboard in local.dashboards : merge([
      for index, tile in dashboard.tiles : {
        for name, query in try(tile.queries, {}) : "${dashboard.name} ${index} ${name}" => { query = query }
      }
    ]...)
  ]...)

  drawn = {
    for dashboard in local.dashboards : dashboard.name => [
      for index, tile in dashboard.tiles : {
        title = tile.title
        # A line at zero shows nothing.
        limits = distinct([for alert in try(tile.alerts, []) : module.rules.signals[alert].limit if coalesce(module.rules.signals[alert].limit, 0) > 0])
        lines = concat(
          [for alert in try(tile.alerts, []) : { name = alert, query = module.rules.signals[alert].query }],
          [for name in keys(try(tile.queries, {})) : { name = name, query = module.rules.texts["chart ${dashboard.name} ${index} ${name}"] }],
        )
      }
    ]
  }

  columns = { count = 2, width = 24, height = 16 } # of 48

  # The API leaves out what is zero or empty, so whoever sent it would see a change in each plan.
  places = {
    for name, tiles in local.drawn : name => [
      for index, tile in tiles : {
        for key, value in {
          xPos = index % local.columns.count * local.columns.width
          yPos = floor(index / local.columns.count) * local.columns.height
        } : key => value if value > 0
      }
    ]
  }
}

resource "google_monitoring_dashboard" "this" {
  for_each = { for dashboard in local.dashboards : dashboard.name => dashboard }

  project = var.project_id
  dashboard_json = jsonencode({
    displayName = each.value.title
    mosaicLayout = {
      columns = local.columns.count * local.columns.width
      tiles = [
        for index, tile in local.drawn[each.key] : merge(local.places[each.key][index], {
          width  = local.columns.width
          height = local.columns.height
          widget = {
            title = tile.title
            xyChart = merge(
              {
                dataSets = [
                  for line in tile.lines : {
                    plotType        = "LINE"
                    legendTemplate  = line.name
                    timeSeriesQuery = { prometheusQuery = line.query }
                  }
                ]
              },
              length(tile.limits) == 0 ? {} : { thresholds = [for limit in tile.limits : { value = limit }] },
            )
          }
        })
      ]
    }
  })
}
