# A Cloud Run service that only signed images may run in, and that Terraform alone changes: image and
# traffic are variables, so a canary is a plan like any other.
locals {
  environment = merge(var.environment, {
    # IAM checks each token before a request arrives, and the service checks its claims again.
    AUTH_MODE = "iam"
    INGRESS   = "private"
    AUDIENCES = var.audience
    THREADS   = tostring(var.threads)
    # One process: what is shared (batches, cached reads, the rate limit) is shared by all requests.
    WORKERS = "1"
  })

  # Cloud Run refuses a revision whose name exists with another content, so the name holds a digest of
  # all that makes it: what comes in, and this file. A revision cannot be named anew by hand.
  content = sha256(jsonencode([
    var.image, var.service_account, var.encryption_key, var.vpc, local.environment, var.threads,
    var.cpu, var.memory, var.min_instances, var.max_instances, var.ready_path,
    filesha256("${path.module}/main.tf"),
  ]))
  revision = "${var.name}-${substr(local.content, 0, 12)}"

  # Percentages sum to 100 by construction. A candidate keeps its tag, and so its own address, all along.
  traffic = var.canary == null ? [{ revision = local.revision, percent = 100, tag = null }] : concat(
    var.canary.percent == 100 ? [] : [{ revision = var.canary.stable_revision, percent = 100 - var.canary.percent, tag = null }],
    [{ revision = local.revision, percent = var.canary.percent, tag = "candidate" }],
  )
}

resource "google_cloud_run_v2_service" "this" {
  project              = var.project_id
  location             = var.region
  name                 = var.name
  ingress              = var.ingress
  invoker_iam_disabled = false
  # Pub/Sub pushes to the default address, and the smoke test calls a candidate at its tag's; behind a
  # load balancer it calls candidate.DOMAIN instead.
  default_uri_disabled = false
  custom_audiences     = concat([var.audience], var.platform_audiences)
  launch_stage         = "GA"
  deletion_protection  = var.protected

  # The project's policy: only attested digests.
  binary_authorization {
    use_default = true
  }

  template {
    revision                         = local.revision
    service_account                  = var.service_account
    encryption_key                   = var.encryption_key
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    max_instance_request_concurrency = var.threads
    timeout                          = "30s"

    scaling {
      min_instance_count = var.min_instances
      max_instance_count = var.max_instances
    }

    containers {
      image = var.image

      ports {
        name           = "http1"
        container_port = 8080
      }

      resources {
        limits = {
          cpu    = var.cpu
          memory = var.memory
        }
        # CPU is paid while a request is in flight. Nothing here works in the background.
        cpu_idle          = true
        startup_cpu_boost = true
      }

      dynamic "env" {
        for_each = local.environment
        content {
          name  = env.key
          value = env.value
        }
      }

      # An instance gets requests once this answers.
      startup_probe {
        period_seconds    = 2
        timeout_seconds   = 1
        failure_threshold = 15

        http_get {
          path = "/health/live"
          port = 8080
        }
      }

      # An instance that hangs is replaced.
      liveness_probe {
        period_seconds    = 30
        timeout_seconds   = 5
        failure_threshold = 3

        http_get {
          path = "/health/live"
          port = 8080
        }
      }

      # An instance that cannot reach BigQuery gets no request meanwhile.
      readiness_probe {
        period_seconds    = 10
        timeout_seconds   = 6
        failure_threshold = 3
        success_threshold = 1

        http_get {
          path = var.ready_path
          port = 8080
        }
      }
    }

    dynamic "vpc_access" {
      for_each = var.vpc == null ? [] : [var.vpc]
      content {
        egress = "ALL_TRAFFIC"

        network_interfaces {
          network    = vpc_access.value.network
          subnetwork = vpc_access.value.subnetwork
        }
      }
    }
  }

  dynamic "traffic" {
    for_each = local.traffic
    content {
      type     = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
      revision = traffic.value.revision
      percent  = traffic.value.percent
      tag      = traffic.value.tag
    }
  }

  lifecycle {
    precondition {
      condition     = var.canary == null ? true : var.canary.stable_revision != local.revision
      error_message = "canary.stable_revision is the candidate itself: nothing about the service changed. Take the service out of canary."
    }
  }
}
