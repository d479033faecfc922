# From a Prometheus rule file to what Cloud Monitoring takes. No resource and no provider, so that the
# mapping can be tested by itself, and its result taken back to promtool (tests/terraform/test_monitoring.py).
locals {
  second = { s = 1, m = 60, h = 3600, d = 86400 }

  listed = flatten([
    for group in var.document.groups : [
      for rule in group.rules : {
        name       = rule.alert
        group      = group.name
        interval   = try(group.interval, "60s")
        lasting    = try(rule["for"], "0s")
        labels     = { for key, value in rule.labels : key => tostring(value) }
        summary    = rule.annotations.summary
        runbook    = rule.annotations.runbook
        expression = rule.expr
        # One line: a query of several lines has lost its threshold in the console.
        # Source: https://github.com/sourcegraph/sourcegraph/pull/63084
        flat = replace(trimspace(rule.expr), "/\\s+/", " ")
      } if can(rule.alert)
    ]
  ])

  # The files know the default names; a deployment may have others. Only a whole text in quotes is a name.
  texts = {
    for key, text in merge(var.texts, { for rule in local.listed : "alert ${rule.name}" => rule.flat }) : key => join("", [
      for part in regexall("\"[^\"]*\"|[^\"]+", text) :
      startswith(part, "\"") ? "\"${lookup(var.names, trim(part, "\""), trim(part, "\""))}\"" : part
    ])
  }

  policies = {
    for rule in local.listed : rule.name => {
      group    = rule.group
      severity = try(rule.labels.severity, "")
      labels   = rule.labels
      summary  = rule.summary
      runbook  = rule.runbook
      query    = local.texts["alert ${rule.name}"]
      interval = "${sum([for part in regexall("([0-9]+)([smhd])", rule.interval) : tonumber(part[0]) * local.second[part[1]]])}s"
      # A look-back of more than 25 hours takes no duration.
      # Source: https://cloud.google.com/monitoring/promql/promql-in-alerting
      duration = (
        max(concat([0], [for part in regexall("\\[([0-9]+)([smhd])\\]", rule.flat) : tonumber(part[0]) * local.second[part[1]]])...) > 90000
        ? null
        : "${sum(concat([0], [for part in regexall("([0-9]+)([smhd])", rule.lasting) : tonumber(part[0]) * local.second[part[1]]]))}s"
      )
    }
  }

  # What an alert compares: its expression up to the first comparison that is in no bracket. A dashboard
  # draws it, with the limit that it is compared with.
  compared = {
    for rule in local.listed : rule.name => [
      for part in regexall("(.+?)(?: ([<>]=?|[!=]=) |$)", local.texts["alert ${rule.name}"]) : { text = part[0], sign = try(" ${part[1]} ", "") }
    ]
  }
  begun = {
    for name, parts in local.compared : name => [
      for count in range(length(parts)) : join("", [
        for index in range(count + 1) : "${parts[index].text}${index < count ? parts[index].sign : ""}"
      ])
    ]
  }
  ends = {
    for name, texts in local.begun : name => [
      for index, text in texts : index if length(split("(", text)) == length(split(")", text))
    ][0]
  }
  signals = {
    for name, end in local.ends : name => {
      query = local.begun[name][end]
      limit = try(tonumber(regex("^[0-9.]+", local.compared[name][end + 1].text)), null)
    }
  }
}
