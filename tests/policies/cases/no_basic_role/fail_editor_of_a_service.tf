resource "google_cloud_run_v2_service_iam_member" "this" {
  role   = "roles/editor"
  member = "user:a@example.com"
}
