# Who acts. Each job of the release has an identity of its own, so that none can do another's work:
# what builds cannot sign, what signs cannot attest, what attests cannot deploy.
locals {
  # The one job of the one workflow that may take the identity: the reusable workflow's file, the
  # job's environment and the event that started the run. So no job of nightly.yml can become `plan`, which
  # sees the same, and more than sees: it puts down the plan that is applied.
  release_identities = {
    build   = { workflow = "build.yml", environment = "build", event = "push", does = "pushes images" }
    sign    = { workflow = "sign.yml", environment = "sign", event = "push", does = "writes keyless signatures and statements" }
    verify  = { workflow = "verify.yml", environment = "verify", event = "push", does = "reads images and signatures" }
    attest  = { workflow = "attest.yml", environment = "attest", event = "push", does = "signs what was verified, for Binary Authorization" }
    plan    = { workflow = "plan.yml", environment = "plan", event = "push", does = "plans" }
    apply   = { workflow = "apply.yml", environment = "production", event = "push", does = "applies the plan that was reviewed" }
    rollout = { workflow = "rollout.yml", environment = "rollout", event = "push", does = "moves traffic between two revisions" }
    canary  = { workflow = "canary.yml", environment = "canary", event = "push", does = "reads the canary's metrics" }
    smoke   = { workflow = "smoke.yml", environment = "smoke", event = "push", does = "publishes a message and reads it back" }
    nightly = { workflow = "nightly.yml", environment = "nightly", event = "schedule", does = "looks for what only an audit finds" }
  }

  runtime_identities = {
    data-api           = "data-api: reads one table"
    pubsub-to-bigquery = "pubsub-to-bigquery: writes two tables"
    pubsub-push        = "Pub/Sub's pushes: invokes pubsub-to-bigquery"
  }

  emails = merge(
    { for name, _ in local.release_identities : name => "release-${name}@${var.project_id}.iam.gserviceaccount.com" },
    { for name, _ in local.runtime_identities : name => "${name}@${var.project_id}.iam.gserviceaccount.com" },
  )
  members = { for name, email in local.emails : name => "serviceAccount:${email}" }
}

resource "google_service_account" "release" {
  for_each = local.release_identities

  project      = var.project_id
  account_id   = "release-${each.key}"
  display_name = "Release: ${each.value.does}"
  depends_on   = [google_project_service.this]
}

resource "google_service_account" "runtime" {
  for_each = local.runtime_identities

  project      = var.project_id
  account_id   = each.key
  display_name = each.value
  depends_on   = [google_project_service.this]
}

# Each release identity is taken by one job of one workflow on main, and by nothing else. The
# binding is authoritative: a member that somebody adds shows up in the next plan.
resource "google_service_account_iam_binding" "federation" {
  for_each = local.release_identities

  service_account_id = "${local.project}/serviceAccounts/${local.emails[each.key]}"
  role               = "roles/iam.workloadIdentityUser"
  members            = [local.job_members[each.key]]
  depends_on         = [google_service_account.release, google_iam_workload_identity_pool.github]
}

# Apply starts services and a subscription that run as these three, and rollout updates the two services;
# Cloud Run asks at each update whether one may act as the service's account. They may act as nobody else.
resource "google_service_account_iam_binding" "act_as_runtime" {
  for_each = local.runtime_identities

  service_account_id = "${local.project}/serviceAccounts/${local.emails[each.key]}"
  role               = local.roles.account_attacher
  members            = concat([local.members.apply], each.key == "pubsub-push" ? [] : [local.members.rollout])
  depends_on         = [google_service_account.runtime, google_project_iam_custom_role.this]
}
