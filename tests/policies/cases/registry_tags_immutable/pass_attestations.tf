resource "google_artifact_registry_repository" "this" {
  repository_id = "attestations"
  format        = "DOCKER"
  docker_config {
    immutable_tags = false
  }
}
