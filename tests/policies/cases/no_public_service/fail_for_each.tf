resource "google_cloud_run_v2_service_iam_member" "this" {
  for_each = toset(["user:a@example.com", "allUsers"])

  role   = "roles/x.y"
  member = each.value
}
