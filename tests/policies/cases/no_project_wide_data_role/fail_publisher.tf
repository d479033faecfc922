resource "google_project_iam_member" "this" {
  role   = "roles/pubsub.publisher"
  member = "user:a@example.com"
}
