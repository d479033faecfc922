# E-mail is made here. Whatever needs a secret (a pager, a chat) is made by hand, and named by its id.
resource "google_monitoring_notification_channel" "email" {
  for_each = toset([for each in concat(var.notify.page, var.notify.ticket) : each if strcontains(each, "@")])

  project      = var.project_id
  type         = "email"
  display_name = each.key
  labels       = { email_address = each.key }
}

locals {
  channels = {
    for severity, told in var.notify : severity => [
      for each in told : strcontains(each, "@") ? google_monitoring_notification_channel.email[each].id : each
    ]
  }
}

output "channels" {
  description = "The channels by severity; bootstrap's budget_channels takes them."
  value       = local.channels
}
