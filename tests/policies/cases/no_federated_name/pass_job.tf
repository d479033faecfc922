resource "google_service_account_iam_member" "this" {
  service_account_id = "a"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github/attribute.job/1:main"
}
