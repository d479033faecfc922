variable "given" {}

resource "google_project_iam_member" "this" {
  role   = var.given
  member = "user:a@example.com"
}
