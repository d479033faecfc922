data "google_iam_policy" "this" {
  binding {
    role    = "roles/x.y"
    members = ["user:a@example.com", "allUsers"]
  }
}
