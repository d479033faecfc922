# What only the outside sees: that the API answers whom it should, and that the platform stops a forgery.
data "google_cloud_run_v2_service" "api" {
  project  = var.project_id
  location = var.region
  name     = var.service_names.api

  lifecycle {
    postcondition {
      condition     = self.ingress != "INGRESS_TRAFFIC_INTERNAL_ONLY"
      error_message = "The API is reached from inside alone, so nobody outside can ask whether it answers."
    }
    postcondition {
      condition     = self.ingress != "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" || var.domain != null
      error_message = "The API is behind its load balancer, and its own address is closed: set domain as the pipeline has it."
    }
    postcondition {
      condition     = self.ingress != "INGRESS_TRAFFIC_ALL" || var.domain == null
      error_message = "The API is at Cloud Run's own address, and no load balancer leads to it: take domain away, or set api_ingress = \"load_balancer\" in the pipeline first."
    }
  }
}

locals {
  api_host = coalesce(var.domain, trimprefix(data.google_cloud_run_v2_service.api.uri, "https://"))

  # What the API would believe if it were public: its mode is to trust a token whose signature the
  # platform took away. It is signed by nobody, so it opens nothing while the platform does its work, and
  # past that it would read smoke tests' rows alone.
  # Source: https://cloud.google.com/run/docs/troubleshooting#signature-removed
  forged_parts = [
    for part in [
      { alg = "RS256", kid = "nobody", typ = "JWT" },
      {
        iss            = "https://accounts.google.com"
        aud            = "https://${var.service_names.api}.${var.project_id}.internal"
        sub            = "1"
        email          = var.foundation.accounts.smoke
        email_verified = true
        iat            = 1700000000
        exp            = 4102444800 # 2100
      },
    ] : replace(replace(replace(base64encode(jsonencode(part)), "+", "-"), "/", "_"), "=", "")
  ]
  forged = join(".", concat(local.forged_parts, ["SIGNATURE_REMOVED_BY_GOOGLE"]))

  checks = {
    # As Monitoring's own identity, which may invoke the API and is none of its callers: it gets an answer
    # about health, and no row. It says "ready" only while BigQuery answers.
    api-health = { path = "/health/ready", statuses = [200], headers = {}, agent = true }
    # 200 means that the platform lets everybody in.
    api-forged-token = { path = "/data", statuses = [401, 403], headers = { Authorization = "Bearer ${local.forged}" }, agent = false }
  }
}

# Every five minutes from three places: each request counts in the API's own figures.
resource "google_monitoring_uptime_check_config" "api" {
  for_each = local.checks

  project            = var.project_id
  display_name       = each.key
  period             = "300s"
  timeout            = "10s"
  checker_type       = "STATIC_IP_CHECKERS"
  selected_regions   = ["EUROPE", "USA_OREGON", "USA_VIRGINIA"]
  log_check_failures = true

  monitored_resource {
    type   = "uptime_url"
    labels = { project_id = var.project_id, host = local.api_host }
  }

  http_check {
    request_method = "GET"
    path           = each.value.path
    port           = 443
    use_ssl        = true
    validate_ssl   = true
    headers        = each.value.headers

    dynamic "accepted_response_status_codes" {
      for_each = each.value.statuses
      content {
        status_value = accepted_response_status_codes.value
      }
    }

    dynamic "service_agent_authentication" {
      for_each = each.value.agent ? [1] : []
      content {
        type = "OIDC_TOKEN"
      }
    }
  }

  # The API's own refusals are problem details: where it has to say no itself, the platform did not.
  dynamic "content_matchers" {
    for_each = each.value.agent ? [] : ["about:blank"]
    content {
      content = content_matchers.value
      matcher = "NOT_CONTAINS_STRING"
    }
  }
}
