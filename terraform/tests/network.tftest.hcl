# The optional way out: Google's APIs, and nothing else.
mock_provider "google" {
  override_during = plan
}

variables {
  project_id = "data-prod-4711"
  region     = "europe-west1"
  monitored  = true
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

run "no_network_unless_asked_for" {
  command = plan

  assert {
    condition = alltrue([
      for count in [
        length(google_compute_network.services), length(google_compute_subnetwork.services), length(google_compute_route.google_apis),
        length(google_compute_firewall.no_egress), length(google_compute_firewall.google_apis), length(google_dns_managed_zone.google_apis),
        length(google_dns_record_set.google_apis), length(google_dns_policy.logged),
      ] : count == 0
    ])
    error_message = "Nothing of it is there."
  }
  assert {
    condition     = local.vpc == null
    error_message = "The services use Cloud Run's own way out."
  }
}

run "through_the_network" {
  command = plan

  variables {
    egress = "vpc"
  }

  assert {
    condition     = local.vpc == { network = "pipeline", subnetwork = "pipeline-services" }
    error_message = "Both services leave through it, by names that the plan shows."
  }
  assert {
    condition     = !google_compute_network.services[0].auto_create_subnetworks && google_compute_network.services[0].delete_default_routes_on_create
    error_message = "No subnet and no route that came by itself."
  }
  assert {
    condition     = google_compute_route.google_apis[0].dest_range == "199.36.153.8/30" && google_compute_route.google_apis[0].next_hop_gateway == "default-internet-gateway"
    error_message = "The one route leads to private.googleapis.com."
  }
  assert {
    condition     = google_compute_subnetwork.services[0].private_ip_google_access && google_compute_subnetwork.services[0].stack_type == "IPV4_ONLY"
    error_message = "Google's APIs without an address of one's own, and no second protocol that the rules do not name."
  }
  assert {
    condition     = one(google_compute_subnetwork.services[0].log_config).flow_sampling == 1
    error_message = "Flows are logged, all of them."
  }
  assert {
    condition     = google_compute_subnetwork.services[0].region == "europe-west1" && google_compute_subnetwork.services[0].ip_cidr_range == "10.8.0.0/24"
    error_message = "In the services' region."
  }
}

run "firewall" {
  command = plan

  variables {
    egress = "vpc"
  }

  assert {
    condition     = google_compute_firewall.no_egress[0].direction == "EGRESS" && google_compute_firewall.no_egress[0].destination_ranges == toset(["0.0.0.0/0"])
    error_message = "Everything out,"
  }
  assert {
    condition     = one(google_compute_firewall.no_egress[0].deny).protocol == "all" && length(google_compute_firewall.no_egress[0].allow) == 0
    error_message = "is refused,"
  }
  assert {
    condition     = google_compute_firewall.google_apis[0].priority < google_compute_firewall.no_egress[0].priority && google_compute_firewall.no_egress[0].priority < 65535
    error_message = "before the built-in rule lets it out,"
  }
  assert {
    condition     = google_compute_firewall.google_apis[0].destination_ranges == toset(["199.36.153.8/30"]) && one(google_compute_firewall.google_apis[0].allow).protocol == "tcp" && one(google_compute_firewall.google_apis[0].allow).ports == tolist(["443"])
    error_message = "but for Google's APIs over TLS."
  }
  assert {
    condition = alltrue([
      for rule in concat(google_compute_firewall.no_egress, google_compute_firewall.google_apis) :
      rule.target_tags == null && rule.target_service_accounts == null && rule.disabled != true && rule.network == "pipeline"
    ])
    error_message = "For all that is in the network."
  }
}

run "names_in_the_network" {
  command = plan

  variables {
    egress = "vpc"
  }

  assert {
    condition     = google_dns_managed_zone.google_apis[0].dns_name == "googleapis.com." && google_dns_managed_zone.google_apis[0].visibility == "private"
    error_message = "Only this network sees the zone."
  }
  assert {
    condition     = one(one(google_dns_managed_zone.google_apis[0].private_visibility_config).networks).network_url == "projects/data-prod-4711/global/networks/pipeline"
    error_message = "This network does."
  }
  assert {
    condition     = google_dns_record_set.google_apis["*.googleapis.com."].type == "CNAME" && google_dns_record_set.google_apis["*.googleapis.com."].rrdatas == tolist(["private.googleapis.com."])
    error_message = "Every API,"
  }
  assert {
    condition     = google_dns_record_set.google_apis["private.googleapis.com."].rrdatas == tolist(["199.36.153.8", "199.36.153.9", "199.36.153.10", "199.36.153.11"])
    error_message = "at the addresses that the route and the firewall know."
  }
  assert {
    condition     = google_dns_policy.logged[0].enable_logging && one(google_dns_policy.logged[0].networks).network_url == "projects/data-prod-4711/global/networks/pipeline"
    error_message = "Every query is logged."
  }
}

run "larger_for_more_instances" {
  command = plan

  variables {
    egress       = "vpc"
    subnet_range = "192.168.0.0/20"
    api          = { max_instances = 900 }
  }

  assert {
    condition     = google_compute_subnetwork.services[0].ip_cidr_range == "192.168.0.0/20"
    error_message = "The range that was asked for."
  }
}

run "network_before_the_first_signed_image" {
  command = plan

  variables {
    egress = "vpc"
    images = {}
  }

  assert {
    condition     = length(google_compute_subnetwork.services) == 1 && length(module.api) == 0
    error_message = "The network is there before the services are."
  }
}

run "unknown_egress" {
  command = plan

  variables {
    egress = "private"
  }

  expect_failures = [var.egress]
}

run "subnet_without_a_size" {
  command = plan

  variables {
    subnet_range = "10.8.0.0"
  }

  expect_failures = [var.subnet_range]
}

run "subnet_too_small_for_cloud_run" {
  command = plan

  variables {
    subnet_range = "10.8.0.0/27"
    api          = { max_instances = 1 }
    function     = { max_instances = 1 }
  }

  expect_failures = [var.subnet_range]
}

run "subnet_that_begins_in_its_middle" {
  command = plan

  variables {
    subnet_range = "10.8.0.1/24"
  }

  expect_failures = [var.subnet_range]
}

run "public_subnet" {
  command = plan

  variables {
    subnet_range = "203.0.113.0/24"
  }

  expect_failures = [var.subnet_range]
}

run "half_private_subnet" {
  command = plan

  variables {
    subnet_range = "172.16.0.0/11"
  }

  expect_failures = [var.subnet_range]
}

run "subnet_in_the_other_protocol" {
  command = plan

  variables {
    subnet_range = "2001:db8::/48"
  }

  expect_failures = [var.subnet_range]
}

run "more_instances_than_addresses" {
  command = plan

  variables {
    api = { max_instances = 60 }
  }

  expect_failures = [var.subnet_range]
}
