resource "google_artifact_registry_repository" "this" {
  kms_key_name = ""
}
