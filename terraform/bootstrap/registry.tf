# Images apart from what is said about them: an image's tag never moves, while signatures, SBOM,
# provenance and scan verdicts of one image share a tag that each of them rewrites.
resource "google_artifact_registry_repository" "images" {
  project         = var.project_id
  location        = var.region
  repository_id   = "images"
  description     = "Images, each tagged with its commit. Tags are immutable."
  format          = "DOCKER"
  mode            = "STANDARD_REPOSITORY"
  kms_key_name    = local.key_ids.registry
  deletion_policy = local.deletion_policy

  docker_config {
    immutable_tags = true
  }

  # Nothing is deleted but what the rule below it does not keep; an immutable tag keeps its image anyway,
  # so this clears away what a failed push left. A digest that a service runs has its commit's tag.
  cleanup_policies {
    id     = "keep-the-newest"
    action = "KEEP"
    most_recent_versions {
      keep_count = var.kept_images
    }
  }
  cleanup_policies {
    id     = "delete-what-no-tag-names"
    action = "DELETE"
    condition {
      tag_state  = "UNTAGGED"
      older_than = "2592000s" # 30 days
    }
  }

  depends_on = [google_kms_crypto_key_iam_binding.encryption]
}

resource "google_artifact_registry_repository" "attestations" {
  project         = var.project_id
  location        = var.region
  repository_id   = "attestations"
  description     = "Signatures, SBOM, provenance and scan verdicts of the images."
  format          = "DOCKER"
  mode            = "STANDARD_REPOSITORY"
  kms_key_name    = local.key_ids.registry
  deletion_policy = local.deletion_policy

  docker_config {
    immutable_tags = false
  }

  depends_on = [google_kms_crypto_key_iam_binding.encryption]
}

# Only the build pushes images.
resource "google_artifact_registry_repository_iam_binding" "image_pusher" {
  project    = var.project_id
  location   = var.region
  repository = google_artifact_registry_repository.images.repository_id
  role       = local.roles.image_pusher
  members    = [local.members.build]
  depends_on = [google_service_account.release, google_project_iam_custom_role.this]
}

# Who signs or verifies looks at the image; apply and rollout need it to update a service with the image;
# the nightly look fetches what runs, for a job without any identity to scan.
resource "google_artifact_registry_repository_iam_binding" "image_puller" {
  project    = var.project_id
  location   = var.region
  repository = google_artifact_registry_repository.images.repository_id
  role       = local.roles.image_puller
  members = [
    local.members.sign,
    local.members.verify,
    local.members.apply,
    local.members.rollout,
    local.members.nightly,
  ]
  depends_on = [google_service_account.release, google_project_iam_custom_role.this]
}

# Only the signing job says something about an image.
resource "google_artifact_registry_repository_iam_binding" "statement_writer" {
  project    = var.project_id
  location   = var.region
  repository = google_artifact_registry_repository.attestations.repository_id
  role       = local.roles.statement_writer
  members    = [local.members.sign]
  depends_on = [google_service_account.release, google_project_iam_custom_role.this]
}

# What was said is read before it is believed.
resource "google_artifact_registry_repository_iam_binding" "statement_reader" {
  project    = var.project_id
  location   = var.region
  repository = google_artifact_registry_repository.attestations.repository_id
  role       = local.roles.image_puller
  members    = [local.members.verify]
  depends_on = [google_service_account.release, google_project_iam_custom_role.this]
}
