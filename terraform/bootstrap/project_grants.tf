# Grants on the whole project: only where the permission has no smaller place. Members are added, not
# set, since a project has others.
locals {
  project_grants = merge(
    {
      # Plan may read what the pipeline's root manages: settings, and no data.
      plan = { role = local.roles.pipeline_planner, member = local.members.plan }
      # Apply makes the pipeline's resources, so its permissions cannot be on them.
      apply = { role = local.roles.pipeline_applier, member = local.members.apply }
      # Rollout moves traffic in steps and back, without a reviewer: it sees what plan sees, and updates
      # services alone.
      rollout = { role = local.roles.traffic_mover, member = local.members.rollout }
      # Metrics, for the canary's decision.
      canary = { role = local.roles.canary_reader, member = local.members.canary }
      # The nightly look at what was changed by hand, and at what runs.
      nightly = { role = local.roles.posture_reader, member = local.members.nightly }
      # An attestation is an occurrence, which belongs to the project.
      attest = { role = local.roles.occurrence_creator, member = local.members.attest }
      # A query is a job of the project; what it may read is granted on the table.
      api = { role = local.roles.query_runner, member = local.members["data-api"] }
    },
    # Operators query the quarantine; what they may read is granted on that table.
    { for member in var.operators : "operator ${member}" => { role = local.roles.query_runner, member = member } },
  )
}

resource "google_project_iam_member" "this" {
  for_each = local.project_grants

  project    = var.project_id
  role       = each.value.role
  member     = each.value.member
  depends_on = [google_service_account.release, google_service_account.runtime, google_project_iam_custom_role.this]
}
