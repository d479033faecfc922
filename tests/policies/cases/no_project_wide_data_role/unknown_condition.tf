variable "given" {}

resource "google_project_iam_member" "this" {
  role   = var.given ? "roles/bigquery.dataEditor" : "roles/logging.viewer"
  member = "user:a@example.com"
}
