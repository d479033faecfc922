variable "who" {
  type = list(string)
}

resource "google_pubsub_topic_iam_binding" "this" {
  role    = "roles/x.y"
  members = concat(["allUsers"], var.who)
}
