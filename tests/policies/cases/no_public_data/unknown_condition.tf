variable "who" {}

resource "google_bigquery_dataset_iam_member" "this" {
  role   = "roles/x.y"
  member = var.who == "all" ? "allUsers" : "user:a@example.com"
}
