# Cloud Armor: what the load balancer refuses before a request costs an instance. The first rule that
# matches decides, `throttle` like `deny`, so the order is: refuse what is wrong, then let in, counted,
# what comes from the right place, then refuse the rest. A limit above the others would let attacks in.
locals {
  # The API reads, so no request has a body, and none is ever inspected or parsed.
  refused = merge(
    { "Anything but reading" = "request.method != 'GET' && request.method != 'HEAD'" },
    # OWASP's rules of the highest confidence: a data API's parameters look odd enough for the others.
    # Source: https://cloud.google.com/armor/docs/waf-rules
    {
      for name in ["lfi", "protocolattack", "rce", "scannerdetection", "sqli", "xss"] :
      "OWASP ${name}" => "evaluatePreconfiguredWaf('${name}-v422-stable', {'sensitivity': 1})"
    },
  )

  # A rule takes ten ranges.
  admitted = chunklist(
    contains(var.allowed_ip_ranges, "*") ? ["*"] : distinct(concat(var.allowed_ip_ranges, var.probe_ip_ranges)), 10
  )
}

resource "google_compute_security_policy" "edge" {
  # checkov:skip=CKV_GCP_73:the rule for Log4j looks for a fault of Java in what a Python service gets
  count = local.entered

  project     = var.project_id
  name        = "${var.service_names.api}-edge"
  description = "What reaches the API."
  type        = "CLOUD_ARMOR"

  advanced_options_config {
    json_parsing = "DISABLED"
    log_level    = "NORMAL" # verbose would log what matched, and so a caller's data
  }

  dynamic "rule" {
    for_each = { for index, name in keys(local.refused) : name => 1000 + index }
    content {
      priority    = rule.value
      action      = "deny(403)"
      description = rule.key
      preview     = false

      match {
        expr {
          expression = local.refused[rule.key]
        }
      }
    }
  }

  # Counted by the address that the connection comes from, not by a header that the caller writes, and
  # in each of Google's regions by itself.
  dynamic "rule" {
    for_each = local.admitted
    content {
      priority    = 2000 + rule.key
      action      = "throttle"
      description = "Let in, up to a rate"
      preview     = false

      match {
        versioned_expr = "SRC_IPS_V1"
        config {
          src_ip_ranges = rule.value
        }
      }

      rate_limit_options {
        conform_action = "allow"
        exceed_action  = "deny(429)"
        enforce_on_key = "IP"

        rate_limit_threshold {
          count        = var.requests_per_minute_per_ip
          interval_sec = 60
        }
      }
    }
  }

  rule {
    priority    = 2147483647 # the default rule's
    action      = "deny(403)"
    description = "Everybody else"
    preview     = false

    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }
}
