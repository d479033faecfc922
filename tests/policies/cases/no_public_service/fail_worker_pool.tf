resource "google_cloud_run_v2_worker_pool_iam_member" "this" {
  role   = "roles/x.y"
  member = "allUsers"
}
