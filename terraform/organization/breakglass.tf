# Cloud Run lets whoever deploys say "breakglass", and then starts an image that Binary Authorization
# refuses. No constraint of Google's forbids it, so these do; only an organization can hold them, and
# the project's number keeps two pipelines of one organization apart.
# Source: https://cloud.google.com/binary-authorization/docs/run/using-breakglass-cloud-run
resource "google_org_policy_custom_constraint" "breakglass" {
  for_each = toset(["Service", "Job"])

  parent         = "organizations/${var.organization_id}"
  name           = "custom.pipelineNoBreakglass${each.key}${var.project_number}"
  display_name   = "No breakglass on a Cloud Run ${lower(each.key)}"
  description    = "Refuses a ${lower(each.key)} that would run an image which Binary Authorization refused."
  resource_types = ["run.googleapis.com/${each.key}"]
  method_types   = ["CREATE", "UPDATE"]
  action_type    = "DENY"
  condition      = "'run.googleapis.com/binary-authorization-breakglass' in resource.metadata.annotations"
}
