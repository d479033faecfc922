resource "google_project_iam_custom_role" "this" {
  role_id     = "r"
  title       = "r"
  permissions = ["bigquery.*"]
}
