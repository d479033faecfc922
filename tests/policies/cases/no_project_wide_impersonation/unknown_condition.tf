variable "given" {}

resource "google_project_iam_member" "this" {
  role   = var.given ? "roles/iam.serviceAccountTokenCreator" : "roles/logging.viewer"
  member = "user:a@example.com"
}
