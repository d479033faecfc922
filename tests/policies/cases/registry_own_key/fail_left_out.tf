resource "google_artifact_registry_repository" "this" {
}
