variable "who" {
  type = list(string)
}

data "google_iam_policy" "this" {
  binding {
    role    = "roles/x.y"
    members = var.who
  }
}
