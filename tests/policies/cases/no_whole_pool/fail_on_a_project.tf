resource "google_project_iam_member" "this" {
  role   = "roles/logging.viewer"
  member = "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github/*"
}
