resource "google_artifact_registry_repository" "this" {
  repository_id = "images"
  format        = "DOCKER"
}
