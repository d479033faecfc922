# Cloud Run starts an image only with an attestation of it, signed by the key that only `attest` may use.
# A service says itself that this policy counts for it; whoever may update the service can take that back,
# unless the organization forbids it (terraform/organization/).
resource "google_container_analysis_note" "release" {
  project         = var.project_id
  name            = "release-${var.suffix}"
  deletion_policy = local.deletion_policy

  attestation_authority {
    hint {
      human_readable_name = "Verified by the release: signature, commit, provenance, SBOM and scan."
    }
  }

  depends_on = [google_project_service.this]
}

resource "google_binary_authorization_attestor" "release" {
  project         = var.project_id
  name            = "release-${var.suffix}"
  deletion_policy = local.deletion_policy

  attestation_authority_note {
    note_reference = google_container_analysis_note.release.name

    # A signature by any one of them counts.
    dynamic "public_keys" {
      for_each = data.google_kms_crypto_key_version.attestation
      content {
        id = public_keys.value.id

        pkix_public_key {
          public_key_pem      = public_keys.value.public_key[0].pem
          signature_algorithm = public_keys.value.public_key[0].algorithm
        }
      }
    }
  }
}

# One policy for the project. Google's system images are not ours to sign, so its own list of them
# counts too (they run on GKE alone); there is no pattern of ours that lets an image through.
resource "google_binary_authorization_policy" "this" {
  project                       = var.project_id
  description                   = "Only what the release attested."
  global_policy_evaluation_mode = "ENABLE"
  # Deleting the policy brings back Google's default, which lets every image run.
  deletion_policy = local.deletion_policy

  default_admission_rule {
    evaluation_mode         = "REQUIRE_ATTESTATION"
    enforcement_mode        = "ENFORCED_BLOCK_AND_AUDIT_LOG"
    require_attestations_by = ["${local.project}/attestors/${google_binary_authorization_attestor.release.name}"]
  }
}

# Only `attest` hangs an attestation on the note.
resource "google_container_analysis_note_iam_binding" "attacher" {
  project    = var.project_id
  note       = google_container_analysis_note.release.name
  role       = local.roles.note_attacher
  members    = [local.members.attest]
  depends_on = [google_service_account.release, google_project_iam_custom_role.this]
}

# It reads the attestor to name the key, and checks its attestation as Cloud Run will.
resource "google_binary_authorization_attestor_iam_binding" "reader" {
  project    = var.project_id
  attestor   = google_binary_authorization_attestor.release.name
  role       = local.roles.attestor_reader
  members    = [local.members.attest]
  depends_on = [google_service_account.release, google_project_iam_custom_role.this]
}
