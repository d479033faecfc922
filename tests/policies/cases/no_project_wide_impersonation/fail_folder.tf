resource "google_folder_iam_member" "this" {
  role   = "roles/iam.serviceAccountTokenCreator"
  member = "user:a@example.com"
}
