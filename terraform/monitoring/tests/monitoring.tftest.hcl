# What a person applies to be told, in an ordinary project and behind the load balancer.
mock_provider "google" {
  override_during = plan

  mock_data "google_cloud_run_v2_service" {
    defaults = { uri = "https://data-api-abc123-ew.a.run.app", ingress = "INGRESS_TRAFFIC_ALL" }
  }
  mock_resource "google_monitoring_notification_channel" {
    defaults = { id = "projects/data-prod-4711/notificationChannels/1" }
  }
}

override_resource {
  target          = google_monitoring_uptime_check_config.api["api-health"]
  override_during = plan
  values          = { uptime_check_id = "api-health" }
}

override_resource {
  target          = google_monitoring_uptime_check_config.api["api-forged-token"]
  override_during = plan
  values          = { uptime_check_id = "api-forged-token" }
}

variables {
  project_id = "data-prod-4711"
  region     = "europe-west1"
  foundation = { accounts = { smoke = "release-smoke@data-prod-4711.iam.gserviceaccount.com" } }
  notify = {
    page   = ["on-call@example.com", "projects/data-prod-4711/notificationChannels/2"]
    ticket = ["team@example.com"]
  }
}

run "ordinary" {
  command = plan

  assert {
    condition = alltrue([
      for policy in google_monitoring_alert_policy.this :
      policy.severity == "CRITICAL" ? length(policy.notification_channels) == 2 : policy.severity == "WARNING" && length(policy.notification_channels) == 1
    ])
    error_message = "Pages go to those who are woken up, tickets to the team, and nothing to nobody."
  }
  assert {
    condition = (
      toset(keys(google_monitoring_notification_channel.email)) == toset(["on-call@example.com", "team@example.com"])
      && google_monitoring_notification_channel.email["team@example.com"].labels.email_address == "team@example.com"
    )
    error_message = "Each address is a channel, and a channel that is there already is none of ours."
  }
  assert {
    condition = alltrue([
      for check in google_monitoring_uptime_check_config.api : (
        check.monitored_resource[0].labels.host == "data-api-abc123-ew.a.run.app"
        && check.http_check[0].use_ssl && check.http_check[0].validate_ssl && check.period == "300s"
      )
    ])
    error_message = "Without a load balancer, the API is asked at its own address, over TLS."
  }
  assert {
    condition = (
      google_monitoring_uptime_check_config.api["api-health"].http_check[0].path == "/health/ready"
      && google_monitoring_uptime_check_config.api["api-health"].http_check[0].service_agent_authentication[0].type == "OIDC_TOKEN"
      && [for status in google_monitoring_uptime_check_config.api["api-health"].http_check[0].accepted_response_status_codes : status.status_value] == [200]
    )
    error_message = "Health is asked for with a token of Monitoring's own identity."
  }
  assert {
    condition = (
      length(google_monitoring_uptime_check_config.api["api-forged-token"].http_check[0].service_agent_authentication) == 0
      && [for status in google_monitoring_uptime_check_config.api["api-forged-token"].http_check[0].accepted_response_status_codes : status.status_value] == [401, 403]
      && google_monitoring_uptime_check_config.api["api-forged-token"].content_matchers[0].matcher == "NOT_CONTAINS_STRING"
    )
    error_message = "A forged token has to be refused, and by the platform."
  }
  assert {
    condition     = alltrue([for slo in google_monitoring_slo.this : slo.calendar_period == "MONTH"]) && google_monitoring_slo.this["api_availability"].goal == 0.999
    error_message = "A promise is about a month, and its goal is slo.yaml's."
  }
}

run "behind_the_load_balancer" {
  command = plan

  variables {
    domain = "data.example.com"
  }

  override_data {
    target          = data.google_cloud_run_v2_service.api
    override_during = plan
    values          = { uri = "https://data-api-abc123-ew.a.run.app", ingress = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" }
  }

  assert {
    condition     = alltrue([for check in google_monitoring_uptime_check_config.api : check.monitored_resource[0].labels.host == "data.example.com"])
    error_message = "Its own address is closed: both checks come through the load balancer, as callers do."
  }
}

run "other_names" {
  command = plan

  variables {
    service_names = { api = "rows", function = "ingest" }
  }

  override_resource {
    target          = google_monitoring_uptime_check_config.api["api-health"]
    override_during = plan
    values          = { uptime_check_id = "api-health-Xy1" }
  }

  assert {
    condition = alltrue([
      for text in concat(
        [for policy in google_monitoring_alert_policy.this : policy.conditions[0].condition_prometheus_query_language[0].query],
        [for metric in google_logging_metric.this : metric.filter],
        [for dashboard in google_monitoring_dashboard.this : dashboard.dashboard_json],
        [for slo in google_monitoring_slo.this : jsonencode(slo.request_based_sli)],
      ) : !strcontains(text, "data-api") && !strcontains(text, "pubsub-to-bigquery")
    ])
    error_message = "A service that is called otherwise is called so in every alert, filter, chart and objective."
  }
  assert {
    condition     = strcontains(google_monitoring_alert_policy.this["ApiProbeFailing"].conditions[0].condition_prometheus_query_language[0].query, "check_id=\"api-health-Xy1\"")
    error_message = "Google gives a check its id."
  }
}
