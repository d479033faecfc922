# Off unless a billing account is given: the alert needs a permission outside of the project.
resource "google_billing_budget" "this" {
  count = var.billing_account == null ? 0 : 1

  billing_account = var.billing_account
  display_name    = "Pipeline in ${var.project_id}"

  budget_filter {
    projects = ["projects/${local.project_number}"]
  }

  amount {
    specified_amount {
      units = tostring(var.monthly_budget)
    }
  }

  threshold_rules {
    threshold_percent = 0.5
  }
  threshold_rules {
    threshold_percent = 0.9
  }
  threshold_rules {
    threshold_percent = 1.0
    spend_basis       = "FORECASTED_SPEND"
  }

  # Beside the billing account's administrators, who are always told.
  dynamic "all_updates_rule" {
    for_each = length(var.budget_channels) == 0 ? [] : [var.budget_channels]
    content {
      monitoring_notification_channels = all_updates_rule.value
      disable_default_iam_recipients   = false
    }
  }

  depends_on = [google_project_service.this]
}
