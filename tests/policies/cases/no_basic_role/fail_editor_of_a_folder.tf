resource "google_folder_iam_member" "this" {
  role   = "roles/editor"
  member = "user:a@example.com"
}
