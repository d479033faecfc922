variable "given" {}

resource "google_artifact_registry_repository" "this" {
  kms_key_name = "projects/${var.given}/locations/l/keyRings/r/cryptoKeys/k"
}
