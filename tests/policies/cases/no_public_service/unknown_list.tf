variable "who" {
  type = list(string)
}

resource "google_cloud_run_v2_job_iam_binding" "this" {
  role    = "roles/x.y"
  members = var.who
}
