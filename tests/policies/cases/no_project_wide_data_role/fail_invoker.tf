resource "google_project_iam_member" "this" {
  role   = "roles/run.invoker"
  member = "user:a@example.com"
}
