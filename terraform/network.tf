# Optional (egress = "vpc"): the services' own connections leave through a network that knows Google's
# APIs and nothing else, so that a compromised service finds neither its command server nor a place to
# carry rows to. What remains:
# - Somebody else's bucket is behind the same addresses; the perimeter in terraform/organization/ closes
#   that, since only there a request's project counts.
# - Any name can still be asked of DNS, a few bytes at a time: the queries are logged.
# - Whoever applies this root can change it: it guards against the services, not against the release.
locals {
  in_network = var.egress == "vpc" ? 1 : 0

  # private.googleapis.com and not restricted.googleapis.com: a service may have to fetch the keys of
  # Google's tokens (www.googleapis.com), which the restricted addresses do not promise.
  # Source: https://cloud.google.com/vpc/docs/configure-private-google-access#config-options
  google_apis = { name = "private.googleapis.com", range = "199.36.153.8/30" }

  # What the services' module takes. Names, so that a plan shows them and a revision's name holds them.
  vpc = local.in_network == 0 ? null : {
    network    = google_compute_network.services[0].name
    subnetwork = google_compute_subnetwork.services[0].name
  }
}

# A network without a way out: no default route, no subnet that comes by itself.
resource "google_compute_network" "services" {
  count = local.in_network

  project                         = var.project_id
  name                            = "pipeline"
  description                     = "The services' way to Google's APIs."
  auto_create_subnetworks         = false
  delete_default_routes_on_create = true
  routing_mode                    = "REGIONAL"
}

# The only way out of it. The gateway's name says internet, but these four addresses are Google's own and
# not announced there.
resource "google_compute_route" "google_apis" {
  count = local.in_network

  project          = var.project_id
  name             = "pipeline-google-apis"
  description      = "Google's APIs."
  network          = google_compute_network.services[0].name
  dest_range       = local.google_apis.range
  next_hop_gateway = "default-internet-gateway"
}

# Nothing else may leave, should a second route appear. There is no log of what this refuses: firewall
# logging does not know Cloud Run's instances.
# Source: https://cloud.google.com/run/docs/configuring/vpc-direct-vpc#limitations
resource "google_compute_firewall" "no_egress" {
  count = local.in_network

  project            = var.project_id
  name               = "pipeline-no-egress"
  description        = "Whatever is not allowed below."
  network            = google_compute_network.services[0].name
  direction          = "EGRESS"
  priority           = 65534 # the lowest but the built-in one, which allows everything
  destination_ranges = ["0.0.0.0/0"]

  deny {
    protocol = "all"
  }
}

# BigQuery, and the keys of Google's tokens.
resource "google_compute_firewall" "google_apis" {
  count = local.in_network

  project            = var.project_id
  name               = "pipeline-google-apis"
  description        = "Google's APIs, over TLS."
  network            = google_compute_network.services[0].name
  direction          = "EGRESS"
  priority           = 1000
  destination_ranges = [local.google_apis.range]

  allow {
    protocol = "tcp"
    ports    = ["443"]
  }
}

# Inside the network each API has those addresses.
resource "google_dns_managed_zone" "google_apis" {
  count = local.in_network

  project     = var.project_id
  name        = "pipeline-google-apis"
  description = "Every Google API, at ${local.google_apis.name}."
  dns_name    = "googleapis.com."
  visibility  = "private"

  private_visibility_config {
    networks {
      network_url = "${local.project}/global/networks/${google_compute_network.services[0].name}"
    }
  }
}

resource "google_dns_record_set" "google_apis" {
  for_each = local.in_network == 0 ? {} : {
    "*.googleapis.com."          = { type = "CNAME", data = ["${local.google_apis.name}."] }
    "${local.google_apis.name}." = { type = "A", data = [for number in range(4) : cidrhost(local.google_apis.range, number)] }
  }

  project      = var.project_id
  managed_zone = google_dns_managed_zone.google_apis[0].name
  name         = each.key
  type         = each.value.type
  ttl          = 300
  rrdatas      = each.value.data
}

# Which names were asked for. A service asks for three or four; a tunnel through DNS asks for thousands.
resource "google_dns_policy" "logged" {
  count = local.in_network

  project        = var.project_id
  name           = "pipeline"
  description    = "Logs every query."
  enable_logging = true

  networks {
    network_url = "${local.project}/global/networks/${google_compute_network.services[0].name}"
  }
}

# Last, so that a service finds everything above in place, and gone only after the services left it: that
# is what create_before_destroy does to a removal, here and to all that this depends on. Cloud Run holds
# the addresses for another hour or two; until then deleting the subnet fails, and is done again.
resource "google_compute_subnetwork" "services" {
  count = local.in_network

  project                  = var.project_id
  region                   = var.region
  name                     = "pipeline-services"
  description              = "The addresses of the services' instances."
  network                  = google_compute_network.services[0].name
  ip_cidr_range            = var.subnet_range
  stack_type               = "IPV4_ONLY"
  private_ip_google_access = true

  # Who talked to which of the four addresses, and how much.
  log_config {
    aggregation_interval = "INTERVAL_5_MIN"
    flow_sampling        = 1
    metadata             = "EXCLUDE_ALL_METADATA"
  }

  depends_on = [
    google_compute_firewall.google_apis,
    google_compute_firewall.no_egress,
    google_compute_route.google_apis,
    google_dns_policy.logged,
    google_dns_record_set.google_apis,
  ]

  lifecycle {
    create_before_destroy = true
  }
}
