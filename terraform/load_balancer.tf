# Optional (api_ingress = "load_balancer"): the API at a domain, behind Cloud Armor. IAM still wants an ID
# token of each caller; this is in front of it. Nobody goes round it: with the API's ingress set to it,
# Cloud Run refuses its own addresses, a tag's like the service's, to everything but load balancers and
# the project's inside, and a load balancer reaches a service of its own project alone. Whoever may
# change the service could open it again, unless terraform/organization/ forbids it.
locals {
  load_balanced = var.api_ingress == "load_balancer"

  # What the world sees. The candidate's host is there all the time, so that a release changes nothing
  # here; it leads to the tag `candidate`, which Cloud Run knows while a canary is on, and not longer.
  # The tag is named and not read from the URL: with a mask, a caller would choose service and revision.
  entrances = {
    for name, entrance in {
      stable    = { name = var.service_names.api, tag = null, label = "" }
      candidate = { name = "${var.service_names.api}-candidate", tag = "candidate", label = "candidate." }
    } : name => entrance if local.load_balanced && local.deployed.api
  }
  entered = length(local.entrances) == 0 ? 0 : 1
  hosts   = { for name, entrance in local.entrances : name => "${entrance.label}${var.domain}" }

  global = "${local.project}/global"
}

# There before the first image is, so that the domain can lead here in time. Protected: a name that
# still leads to an address which Google gave to somebody else would hand them the callers' tokens.
resource "google_compute_global_address" "api" {
  count = local.load_balanced ? 1 : 0

  project         = var.project_id
  name            = var.service_names.api
  description     = "Where the domain leads." # without its name: a new one would be a new address
  address_type    = "EXTERNAL"
  ip_version      = "IPV4"
  deletion_policy = local.deletion_policy
}

resource "google_compute_region_network_endpoint_group" "api" {
  for_each = local.entrances

  project               = var.project_id
  region                = var.region
  name                  = each.value.name
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = module.api[0].name
    tag     = each.value.tag
  }
}

resource "google_compute_backend_service" "api" {
  for_each = local.entrances

  project               = var.project_id
  name                  = each.value.name
  description           = "The ${each.key} revision."
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  # A cache would hand one caller's rows to the next.
  enable_cdn      = false
  security_policy = "${local.global}/securityPolicies/${google_compute_security_policy.edge[0].name}"

  backend {
    group = "${local.project}/regions/${var.region}/networkEndpointGroups/${google_compute_region_network_endpoint_group.api[each.key].name}"
  }

  # Every request, with the rule that refused it. The line holds address, path and query, and no token.
  log_config {
    enable      = true
    sample_rate = 1
  }
}

# A request for any other host, and so for the bare address, reaches no service: it is sent to the domain.
resource "google_compute_url_map" "api" {
  count = local.entered

  project = var.project_id
  name    = var.service_names.api

  default_url_redirect {
    host_redirect          = local.hosts.stable
    https_redirect         = true
    redirect_response_code = "FOUND"
    strip_query            = true
  }

  dynamic "host_rule" {
    for_each = local.hosts
    content {
      hosts        = [host_rule.value]
      path_matcher = host_rule.key
    }
  }

  dynamic "path_matcher" {
    for_each = local.entrances
    content {
      name            = path_matcher.key
      default_service = "${local.global}/backendServices/${google_compute_backend_service.api[path_matcher.key].name}"
    }
  }
}

# For both hosts from the start: a certificate cannot be changed, and a new one takes up to an hour. Its
# name holds the domain's digest, so that a new domain's can be there before the proxy lets go of the old.
resource "google_compute_managed_ssl_certificate" "api" {
  count = local.entered

  project = var.project_id
  name    = "${var.service_names.api}-${substr(sha256(var.domain), 0, 8)}"

  managed {
    domains = [local.hosts.stable, local.hosts.candidate]
  }

  lifecycle {
    create_before_destroy = true
  }
}

# TLS 1.2 with forward secrecy, or newer.
resource "google_compute_ssl_policy" "api" {
  count = local.entered

  project         = var.project_id
  name            = var.service_names.api
  min_tls_version = "TLS_1_2"
  profile         = "RESTRICTED"
}

resource "google_compute_target_https_proxy" "api" {
  count = local.entered

  project          = var.project_id
  name             = var.service_names.api
  url_map          = "${local.global}/urlMaps/${google_compute_url_map.api[0].name}"
  ssl_certificates = ["${local.global}/sslCertificates/${google_compute_managed_ssl_certificate.api[0].name}"]
  ssl_policy       = "${local.global}/sslPolicies/${google_compute_ssl_policy.api[0].name}"
  # Early data can be sent twice by whoever recorded it.
  tls_early_data = "DISABLED"
}

# Port 443 and no other: whoever tries plain HTTP finds nobody, instead of a redirect that comes after
# the token went over the wire.
resource "google_compute_global_forwarding_rule" "api" {
  count = local.entered

  project               = var.project_id
  name                  = var.service_names.api
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.api[0].address
  ip_protocol           = "TCP"
  port_range            = "443"
  target                = "${local.global}/targetHttpsProxies/${google_compute_target_https_proxy.api[0].name}"
}

output "load_balancer" {
  description = "Where the domain and candidate.DOMAIN have to lead (an A record each), and the hosts that are served."
  value = local.load_balanced ? {
    address = google_compute_global_address.api[0].address
    hosts   = local.hosts
  } : null
}
