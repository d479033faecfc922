resource "google_cloud_run_v2_job_iam_binding" "this" {
  role    = "roles/x.y"
  members = ["group:a@example.com", "allAuthenticatedUsers"]
}
