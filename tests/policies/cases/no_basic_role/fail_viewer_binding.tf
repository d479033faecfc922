resource "google_project_iam_binding" "this" {
  role   = "roles/viewer"
  member = "user:a@example.com"
}
