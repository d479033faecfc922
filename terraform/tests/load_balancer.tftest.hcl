# The optional way in: a domain, Cloud Armor, and then the same IAM.
mock_provider "google" {
  override_during = plan

  mock_resource "google_compute_global_address" {
    defaults = { address = "203.0.113.10" }
  }
}

variables {
  project_id = "data-prod-4711"
  region     = "europe-west1"
  callers    = ["serviceAccount:reader@data-prod-4711.iam.gserviceaccount.com"]
  publishers = ["serviceAccount:sensor@data-prod-4711.iam.gserviceaccount.com"]
  images = {
    api      = "europe-west1-docker.pkg.dev/data-prod-4711/images/data-api@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    function = "europe-west1-docker.pkg.dev/data-prod-4711/images/pubsub-to-bigquery@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
  }
  foundation = {
    project_number    = "123456789012"
    network_perimeter = true
    data_location     = "europe-west1"
    data_owner        = "group:data-owners@example.com"
    operators         = ["group:operators@example.com"]
    registry          = "europe-west1-docker.pkg.dev/data-prod-4711/images"
    keys = {
      topics   = "projects/data-prod-4711/locations/europe-west1/keyRings/pipeline-1/cryptoKeys/topics-1"
      tables   = "projects/data-prod-4711/locations/europe-west1/keyRings/pipeline-1/cryptoKeys/tables-1"
      services = "projects/data-prod-4711/locations/europe-west1/keyRings/pipeline-1/cryptoKeys/services-1"
    }
    accounts = {
      api      = "data-api@data-prod-4711.iam.gserviceaccount.com"
      function = "pubsub-to-bigquery@data-prod-4711.iam.gserviceaccount.com"
      push     = "pubsub-push@data-prod-4711.iam.gserviceaccount.com"
      smoke    = "release-smoke@data-prod-4711.iam.gserviceaccount.com"
    }
    roles = {
      table_reader = "projects/data-prod-4711/roles/table_reader"
      table_writer = "projects/data-prod-4711/roles/table_writer"
    }
  }
}

run "no_load_balancer_unless_asked_for" {
  command = plan

  assert {
    condition = alltrue([
      for count in [
        length(google_compute_region_network_endpoint_group.api), length(google_compute_backend_service.api), length(google_compute_url_map.api),
        length(google_compute_managed_ssl_certificate.api), length(google_compute_ssl_policy.api), length(google_compute_target_https_proxy.api),
        length(google_compute_global_forwarding_rule.api), length(google_compute_security_policy.edge),
      ] : count == 0
    ]) && length(google_compute_global_address.api) == 0
    error_message = "Nothing of it is there."
  }
  assert {
    condition     = output.load_balancer == null
    error_message = "No address to lead a domain to."
  }
}

run "load_balancer_before_the_first_signed_image" {
  command = plan

  variables {
    api_ingress = "load_balancer"
    domain      = "data.example.com"
    images      = {}
  }

  assert {
    condition = alltrue([
      for count in [
        length(google_compute_region_network_endpoint_group.api), length(google_compute_backend_service.api), length(google_compute_url_map.api),
        length(google_compute_managed_ssl_certificate.api), length(google_compute_ssl_policy.api), length(google_compute_target_https_proxy.api),
        length(google_compute_global_forwarding_rule.api), length(google_compute_security_policy.edge),
      ] : count == 0
    ])
    error_message = "Nothing to lead to, so nothing that leads there."
  }
  assert {
    condition     = length(google_compute_global_address.api) == 1 && output.load_balancer.address == "203.0.113.10"
    error_message = "The address is there, so that the domain can lead to it in time."
  }
}

run "load_balancer_without_an_api" {
  command = plan

  variables {
    api_ingress = "load_balancer"
    domain      = "data.example.com"
    images      = { function = var.images.function }
  }

  assert {
    condition = alltrue([
      for count in [
        length(google_compute_region_network_endpoint_group.api), length(google_compute_backend_service.api), length(google_compute_url_map.api),
        length(google_compute_managed_ssl_certificate.api), length(google_compute_ssl_policy.api), length(google_compute_target_https_proxy.api),
        length(google_compute_global_forwarding_rule.api), length(google_compute_security_policy.edge),
      ] : count == 0
    ])
    error_message = "The function is behind no load balancer."
  }
}

run "load_balancer" {
  command = plan

  variables {
    api_ingress = "load_balancer"
    domain      = "data.example.com"
  }

  assert {
    condition     = output.load_balancer == { address = "203.0.113.10", hosts = { stable = "data.example.com", candidate = "candidate.data.example.com" } }
    error_message = "Two names and one address."
  }
  assert {
    condition     = output.api_url == "https://data.example.com"
    error_message = "Callers use the domain."
  }
  assert {
    condition     = google_compute_global_address.api[0].deletion_policy == "PREVENT"
    error_message = "An address that a domain leads to is not given away by mistake."
  }
  assert {
    condition     = one(google_compute_region_network_endpoint_group.api["stable"].cloud_run).service == "data-api" && one(google_compute_region_network_endpoint_group.api["stable"].cloud_run).tag == null
    error_message = "The service, as its traffic is split."
  }
  assert {
    condition     = one(google_compute_region_network_endpoint_group.api["candidate"].cloud_run).service == "data-api" && one(google_compute_region_network_endpoint_group.api["candidate"].cloud_run).tag == "candidate"
    error_message = "The candidate, by its tag."
  }
  assert {
    condition     = alltrue([for group in google_compute_region_network_endpoint_group.api : group.network_endpoint_type == "SERVERLESS" && group.region == "europe-west1" && one(group.cloud_run).url_mask == null])
    error_message = "No caller chooses service or revision."
  }
  assert {
    condition = alltrue([
      for name, service in google_compute_backend_service.api :
      service.load_balancing_scheme == "EXTERNAL_MANAGED" && service.protocol == "HTTPS" && !service.enable_cdn
      && service.security_policy == "projects/data-prod-4711/global/securityPolicies/data-api-edge"
      && one(service.backend).group == "projects/data-prod-4711/regions/europe-west1/networkEndpointGroups/${google_compute_region_network_endpoint_group.api[name].name}"
      && one(service.log_config).enable && one(service.log_config).sample_rate == 1
    ])
    error_message = "Each is guarded, logged and never cached."
  }
}

run "hosts" {
  command = plan

  variables {
    api_ingress = "load_balancer"
    domain      = "data.example.com"
  }

  assert {
    condition     = { for rule in google_compute_url_map.api[0].host_rule : one(rule.hosts) => rule.path_matcher } == { "data.example.com" = "stable", "candidate.data.example.com" = "candidate" }
    error_message = "These two hosts and no wildcard."
  }
  assert {
    condition = { for matcher in google_compute_url_map.api[0].path_matcher : matcher.name => matcher.default_service } == {
      stable    = "projects/data-prod-4711/global/backendServices/data-api"
      candidate = "projects/data-prod-4711/global/backendServices/data-api-candidate"
    }
    error_message = "Each leads to its revision."
  }
  assert {
    condition     = google_compute_url_map.api[0].default_service == null && one(google_compute_url_map.api[0].default_url_redirect).host_redirect == "data.example.com" && one(google_compute_url_map.api[0].default_url_redirect).strip_query
    error_message = "Any other host reaches no service."
  }
}

run "transport" {
  command = plan

  variables {
    api_ingress = "load_balancer"
    domain      = "data.example.com"
  }

  assert {
    condition     = one(google_compute_managed_ssl_certificate.api[0].managed).domains == tolist(["data.example.com", "candidate.data.example.com"])
    error_message = "One certificate, before there is a candidate."
  }
  assert {
    condition     = google_compute_ssl_policy.api[0].min_tls_version == "TLS_1_2" && google_compute_ssl_policy.api[0].profile == "RESTRICTED"
    error_message = "TLS 1.2 or newer."
  }
  assert {
    condition     = google_compute_target_https_proxy.api[0].ssl_policy == "projects/data-prod-4711/global/sslPolicies/data-api" && google_compute_target_https_proxy.api[0].tls_early_data == "DISABLED"
    error_message = "The proxy follows it, and takes no data twice."
  }
  assert {
    condition     = google_compute_target_https_proxy.api[0].url_map == "projects/data-prod-4711/global/urlMaps/data-api" && google_compute_target_https_proxy.api[0].ssl_certificates == tolist(["projects/data-prod-4711/global/sslCertificates/${google_compute_managed_ssl_certificate.api[0].name}"])
    error_message = "The certificate and the hosts above."
  }
  assert {
    condition     = google_compute_global_forwarding_rule.api[0].port_range == "443" && google_compute_global_forwarding_rule.api[0].load_balancing_scheme == "EXTERNAL_MANAGED" && google_compute_global_forwarding_rule.api[0].target == "projects/data-prod-4711/global/targetHttpsProxies/data-api"
    error_message = "One port, and it speaks TLS."
  }
}

run "cloud_armor" {
  command = plan

  variables {
    api_ingress = "load_balancer"
    domain      = "data.example.com"
  }

  assert {
    condition     = [for rule in google_compute_security_policy.edge[0].rule : "${rule.action} ${join(",", one(one(rule.match).config).src_ip_ranges)}" if rule.priority == 2147483647] == ["deny(403) *"]
    error_message = "What no rule lets in is refused."
  }
  assert {
    condition     = length([for rule in google_compute_security_policy.edge[0].rule : rule if rule.action == "allow"]) == 0
    error_message = "Nothing is let in uncounted."
  }
  assert {
    condition = alltrue([
      for rule in google_compute_security_policy.edge[0].rule :
      max([for refused in google_compute_security_policy.edge[0].rule : refused.priority if refused.priority != 2147483647 && startswith(refused.action, "deny")]...) < rule.priority if rule.action == "throttle"
    ])
    error_message = "Counting comes after refusing, or an attack at a slow rate would be let in."
  }
  assert {
    condition     = toset(flatten([for rule in google_compute_security_policy.edge[0].rule : regexall("evaluatePreconfiguredWaf\\('([a-z]+)-v422-stable', \\{'sensitivity': 1\\}\\)", one(one(rule.match).expr).expression) if length(one(rule.match).expr) == 1 && rule.action == "deny(403)"])) == toset(["lfi", "protocolattack", "rce", "scannerdetection", "sqli", "xss"])
    error_message = "OWASP's rules refuse, and do not only watch."
  }
  assert {
    condition     = contains([for rule in google_compute_security_policy.edge[0].rule : one(one(rule.match).expr).expression if length(one(rule.match).expr) == 1 && rule.action == "deny(403)"], "request.method != 'GET' && request.method != 'HEAD'") && one(google_compute_security_policy.edge[0].advanced_options_config).json_parsing == "DISABLED"
    error_message = "No request has a body that a rule would have to read."
  }
  assert {
    condition     = alltrue([for rule in google_compute_security_policy.edge[0].rule : rule.preview == false && length(rule.description) <= 64])
    error_message = "No rule is a preview."
  }
  assert {
    condition = [
      for rule in google_compute_security_policy.edge[0].rule : [
        one(rule.rate_limit_options).conform_action, one(rule.rate_limit_options).exceed_action, one(rule.rate_limit_options).enforce_on_key,
        tostring(one(one(rule.rate_limit_options).rate_limit_threshold).count), tostring(one(one(rule.rate_limit_options).rate_limit_threshold).interval_sec),
        join(",", one(one(rule.match).config).src_ip_ranges),
      ] if rule.action == "throttle"
    ] == [["allow", "deny(429)", "IP", "1200", "60", "*"]]
    error_message = "From anywhere, so many a minute for each address."
  }
  assert {
    condition     = one(google_compute_security_policy.edge[0].advanced_options_config).log_level == "NORMAL"
    error_message = "The log does not hold what a caller sent."
  }
}

run "from_some_places" {
  command = plan

  variables {
    api_ingress       = "load_balancer"
    domain            = "data.example.com"
    allowed_ip_ranges = ["203.0.113.0/24", "2001:db8::/32", "198.51.100.1/32", "198.51.100.2/32", "198.51.100.3/32", "198.51.100.4/32", "198.51.100.5/32", "198.51.100.6/32", "198.51.100.7/32", "198.51.100.8/32", "198.51.100.9/32"]
    probe_ip_ranges   = ["192.0.2.0/24", "203.0.113.0/24"]
  }

  assert {
    condition     = alltrue([for rule in google_compute_security_policy.edge[0].rule : length(one(one(rule.match).config).src_ip_ranges) <= 10 if rule.action == "throttle"])
    error_message = "A rule takes ten ranges."
  }
  assert {
    condition     = toset(flatten([for rule in google_compute_security_policy.edge[0].rule : tolist(one(one(rule.match).config).src_ip_ranges) if rule.action == "throttle"])) == toset(concat(var.allowed_ip_ranges, var.probe_ip_ranges))
    error_message = "Callers and probes get in, and nobody else does."
  }
  assert {
    condition     = length(distinct([for rule in google_compute_security_policy.edge[0].rule : rule.priority])) == length(google_compute_security_policy.edge[0].rule)
    error_message = "No two rules have one priority."
  }
}

run "load_balancer_with_a_canary" {
  command = plan

  variables {
    api_ingress = "load_balancer"
    domain      = "data.example.com"
    canary      = { api = { stable_revision = "data-api-0123456789ab", percent = 0 } }
  }

  assert {
    condition     = toset(keys(google_compute_backend_service.api)) == toset(["stable", "candidate"]) && length(google_compute_url_map.api[0].host_rule) == 2
    error_message = "As without one, so that each step of a release changes traffic alone."
  }
  assert {
    condition     = contains([for target in module.api[0].traffic : target.tag if target.tag != null], one(google_compute_region_network_endpoint_group.api["candidate"].cloud_run).tag)
    error_message = "The candidate's host leads to the tag that the service has."
  }
}

run "load_balancer_with_the_longest_names" {
  command = plan

  variables {
    api_ingress   = "load_balancer"
    domain        = "a2345678901234567890123456789012345678901234567890.de"
    service_names = { api = "a234567890123456789012345678901234567890123456789" }
  }

  assert {
    condition = alltrue([
      for name in concat(
        values(google_compute_backend_service.api)[*].name, values(google_compute_region_network_endpoint_group.api)[*].name,
        google_compute_managed_ssl_certificate.api[*].name, google_compute_security_policy.edge[*].name, google_compute_url_map.api[*].name,
      ) : can(regex("^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", name))
    ])
    error_message = "Google takes each name."
  }
}

run "domain_of_its_own_certificate" {
  command = plan

  variables {
    api_ingress = "load_balancer"
    domain      = "other.example.com"
  }

  assert {
    condition     = google_compute_managed_ssl_certificate.api[0].name == "data-api-${substr(sha256("other.example.com"), 0, 8)}"
    error_message = "A new domain's certificate stands beside the old one until it is used."
  }
}

run "unknown_ingress" {
  command = plan

  variables {
    api_ingress = "internal"
  }

  expect_failures = [var.api_ingress]
}

run "perimeter_without_a_way_in" {
  command = plan

  variables {
    api_ingress = "load_balancer"
  }

  expect_failures = [var.api_ingress]
}

run "domain_that_can_be_gone_round" {
  command = plan

  variables {
    domain = "data.example.com"
  }

  expect_failures = [var.api_ingress]
}

run "domain_as_a_url" {
  command = plan

  variables {
    api_ingress = "load_balancer"
    domain      = "https://data.example.com"
  }

  expect_failures = [var.domain]
}

run "domain_with_a_wildcard" {
  command = plan

  variables {
    api_ingress = "load_balancer"
    domain      = "*.example.com"
  }

  expect_failures = [var.domain]
}

run "domain_with_a_port" {
  command = plan

  variables {
    api_ingress = "load_balancer"
    domain      = "data.example.com:443"
  }

  expect_failures = [var.domain]
}

run "domain_with_a_dot_at_the_end" {
  command = plan

  variables {
    api_ingress = "load_balancer"
    domain      = "data.example.com."
  }

  expect_failures = [var.domain]
}

run "domain_in_capitals" {
  command = plan

  variables {
    api_ingress = "load_balancer"
    domain      = "Data.example.com"
  }

  expect_failures = [var.domain]
}

run "domain_of_one_label" {
  command = plan

  variables {
    api_ingress = "load_balancer"
    domain      = "localhost"
  }

  expect_failures = [var.domain]
}

run "domain_with_an_underscore" {
  command = plan

  variables {
    api_ingress = "load_balancer"
    domain      = "data_api.example.com"
  }

  expect_failures = [var.domain]
}

run "address_for_a_domain" {
  command = plan

  variables {
    api_ingress = "load_balancer"
    domain      = "203.0.113.10"
  }

  expect_failures = [var.domain]
}

run "empty_domain" {
  command = plan

  variables {
    api_ingress = "load_balancer"
    domain      = ""
  }

  expect_failures = [var.domain]
}

run "domain_with_a_second_line" {
  command = plan

  variables {
    api_ingress = "load_balancer"
    domain      = "data.example.com\nx"
  }

  expect_failures = [var.domain]
}

run "domain_too_long_for_a_candidate" {
  command = plan

  variables {
    api_ingress = "load_balancer"
    domain      = "a23456789012345678901234567890123456789012345678901.de"
  }

  expect_failures = [var.domain]
}

run "range_without_a_size" {
  command = plan

  variables {
    api_ingress       = "load_balancer"
    domain            = "data.example.com"
    allowed_ip_ranges = ["203.0.113.7"]
    probe_ip_ranges   = ["192.0.2.0/24"]
  }

  expect_failures = [var.allowed_ip_ranges]
}

run "range_that_is_none" {
  command = plan

  variables {
    api_ingress       = "load_balancer"
    domain            = "data.example.com"
    allowed_ip_ranges = ["300.0.0.0/8"]
    probe_ip_ranges   = ["192.0.2.0/24"]
  }

  expect_failures = [var.allowed_ip_ranges]
}

run "anywhere_in_disguise" {
  command = plan

  variables {
    api_ingress       = "load_balancer"
    domain            = "data.example.com"
    allowed_ip_ranges = ["203.0.113.0/24", "0.0.0.0/0"]
    probe_ip_ranges   = ["192.0.2.0/24"]
  }

  expect_failures = [var.allowed_ip_ranges]
}

run "anywhere_in_disguise_of_the_other_protocol" {
  command = plan

  variables {
    api_ingress       = "load_balancer"
    domain            = "data.example.com"
    allowed_ip_ranges = ["::/0"]
    probe_ip_ranges   = ["192.0.2.0/24"]
  }

  expect_failures = [var.allowed_ip_ranges]
}

run "anywhere_and_somewhere" {
  command = plan

  variables {
    api_ingress       = "load_balancer"
    domain            = "data.example.com"
    allowed_ip_ranges = ["*", "203.0.113.0/24"]
  }

  expect_failures = [var.allowed_ip_ranges]
}

run "from_nowhere" {
  command = plan

  variables {
    api_ingress       = "load_balancer"
    domain            = "data.example.com"
    allowed_ip_ranges = []
    probe_ip_ranges   = ["192.0.2.0/24"]
  }

  expect_failures = [var.allowed_ip_ranges]
}

run "no_way_in_for_the_smoke_test" {
  command = plan

  variables {
    api_ingress       = "load_balancer"
    domain            = "data.example.com"
    allowed_ip_ranges = ["203.0.113.0/24"]
  }

  expect_failures = [var.allowed_ip_ranges]
}

run "probes_from_anywhere" {
  command = plan

  variables {
    api_ingress       = "load_balancer"
    domain            = "data.example.com"
    allowed_ip_ranges = ["203.0.113.0/24"]
    probe_ip_ranges   = ["0.0.0.0/0"]
  }

  expect_failures = [var.probe_ip_ranges]
}

run "no_requests_at_the_load_balancer" {
  command = plan

  variables {
    requests_per_minute_per_ip = 0
  }

  expect_failures = [var.requests_per_minute_per_ip]
}

run "half_a_request" {
  command = plan

  variables {
    requests_per_minute_per_ip = 0.5
  }

  expect_failures = [var.requests_per_minute_per_ip]
}

run "more_than_cloud_armor_counts" {
  command = plan

  variables {
    requests_per_minute_per_ip = 1000001
  }

  expect_failures = [var.requests_per_minute_per_ip]
}
