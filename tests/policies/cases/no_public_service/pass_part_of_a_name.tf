variable "who" {}

resource "google_cloud_run_v2_service_iam_member" "this" {
  role   = "roles/x.y"
  member = "serviceAccount:${var.who}@p.iam.gserviceaccount.com"
}
