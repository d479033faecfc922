variable "given" {}

resource "google_project_iam_member" "this" {
  role   = var.given ? "roles/owner" : "roles/logging.viewer"
  member = "user:a@example.com"
}
