resource "google_project_iam_binding" "this" {
  role   = "roles/iam.serviceAccountUser"
  member = "user:a@example.com"
}
