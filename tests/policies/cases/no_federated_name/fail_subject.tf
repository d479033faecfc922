resource "google_service_account_iam_member" "this" {
  service_account_id = "a"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github/subject/repo:o/r:ref:refs/heads/main"
}
