resource "google_project_iam_member" "this" {
  role   = "roles/iam.workloadIdentityUser"
  member = "user:a@example.com"
}
