resource "google_service_account_iam_binding" "this" {
  service_account_id = "a"
  role               = "roles/iam.workloadIdentityUser"
  members            = ["user:a@example.com", "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github/*"]
}
