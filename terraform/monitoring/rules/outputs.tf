output "policies" {
  description = "By alert: group, severity, labels, summary, runbook, and query, interval and duration as Cloud Monitoring takes them."
  value       = local.policies

  precondition {
    condition     = length(local.listed) > 0
    error_message = "There is no alert."
  }
  precondition {
    condition     = alltrue([for rule in local.listed : contains(["page", "ticket"], try(rule.labels.severity, ""))])
    error_message = "An alert's severity is page or ticket: nobody is told of another."
  }
  precondition {
    condition     = alltrue([for rule in local.listed : can(regex("^[a-zA-Z_][a-zA-Z0-9_]*$", rule.name))])
    error_message = "An alert's name has letters, digits and underscores."
  }
  # Source: https://cloud.google.com/monitoring/promql/promql-differences
  precondition {
    condition     = alltrue([for rule in local.listed : !strcontains(rule.expression, "#") && !can(regex("__name__\\s*(=~|!)", rule.expression))])
    error_message = "No comments, which flattening would make the end of the query, and no pattern for a metric's name."
  }
  precondition {
    condition     = alltrue([for rule in local.listed : !strcontains(rule.expression, "'") && !strcontains(rule.expression, "\\")])
    error_message = "Labels stand in double quotes, without a backslash: another query was broken when it was saved."
  }
  # Any other would not be seen by what decides about durations.
  precondition {
    condition = alltrue([
      for rule in local.listed : length(regexall("\\[", replace(rule.flat, "/\"[^\"]*\"/", ""))) == length(regexall("\\[[0-9]+[smhd]\\]", rule.flat))
    ])
    error_message = "A window is one number of s, m, h or d, as [5m], and there is no subquery."
  }
  precondition {
    condition = alltrue([
      for policy in local.policies : tonumber(trimsuffix(policy.interval, "s")) % 30 == 0 && tonumber(trimsuffix(policy.interval, "s")) > 0
    ])
    error_message = "A group's interval is a multiple of 30s."
  }
  # Cloud Monitoring would send `{{ $value }}` as it is written.
  precondition {
    condition     = alltrue([for rule in local.listed : !can(regex("\\{\\{.*\\}\\}", rule.summary)) && length(rule.summary) <= 255])
    error_message = "A summary is plain text of at most 255 characters."
  }
}

output "signals" {
  description = "By alert: the query of what it compares, and the number that it compares it with."
  value       = local.signals
}

output "texts" {
  description = "The texts that were given, with this deployment's names."
  value       = { for key in keys(var.texts) : key => local.texts[key] }
}
