# Customer-managed encryption keys, one for each kind of data, and the key that signs attestations.
locals {
  encryption_keys = {
    state    = { location = var.region, agent = local.agents.storage }
    registry = { location = var.region, agent = local.agents.registry }
    topics   = { location = var.region, agent = local.agents.pubsub }
    tables   = { location = local.data_key_location, agent = local.agents.bigquery }
    services = { location = var.region, agent = local.agents.run }
  }

  key_ids = {
    for name, key in local.encryption_keys :
    name => "${local.project}/locations/${key.location}/keyRings/pipeline-${var.suffix}/cryptoKeys/${name}-${var.suffix}"
  }
  attestation_key_id = "${local.project}/locations/${var.region}/keyRings/pipeline-${var.suffix}/cryptoKeys/attestation-${var.suffix}"
}

resource "google_kms_key_ring" "this" {
  for_each = toset([var.region, local.data_key_location])

  project    = var.project_id
  name       = "pipeline-${var.suffix}"
  location   = each.key
  depends_on = [google_project_service.this]
}

resource "google_kms_crypto_key" "encryption" {
  for_each = local.encryption_keys

  name            = "${each.key}-${var.suffix}"
  key_ring        = "${local.project}/locations/${each.value.location}/keyRings/${google_kms_key_ring.this[each.value.location].name}"
  purpose         = "ENCRYPT_DECRYPT"
  rotation_period = "7776000s" # 90 days: CIS Google Cloud Foundations 1.10
  deletion_policy = local.deletion_policy

  version_template {
    algorithm        = "GOOGLE_SYMMETRIC_ENCRYPTION"
    protection_level = var.key_protection_level
  }
}

# Each of Google's agents may use the one key of the data that it keeps, and nobody else may.
resource "google_kms_crypto_key_iam_binding" "encryption" {
  for_each = local.encryption_keys

  crypto_key_id = local.key_ids[each.key]
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  members       = [each.value.agent]

  # The agents have to exist.
  depends_on = [
    google_kms_crypto_key.encryption,
    data.google_storage_project_service_account.this,
    data.google_bigquery_default_service_account.this,
  ]
}

# An asymmetric key cannot rotate by itself: attestation_key_versions says which versions of it count, and
# docs/deploy.md how a second one takes over.
resource "google_kms_crypto_key" "attestation" {
  name            = "attestation-${var.suffix}"
  key_ring        = "${local.project}/locations/${var.region}/keyRings/${google_kms_key_ring.this[var.region].name}"
  purpose         = "ASYMMETRIC_SIGN"
  deletion_policy = local.deletion_policy

  version_template {
    algorithm        = "EC_SIGN_P256_SHA256"
    protection_level = var.key_protection_level
  }
}

# Only the identity that attests may sign with it.
resource "google_kms_crypto_key_iam_binding" "attestation" {
  crypto_key_id = local.attestation_key_id
  role          = local.roles.attestation_key_signer
  members       = [local.members.attest]
  depends_on    = [google_kms_crypto_key.attestation, google_project_iam_custom_role.this]
}

data "google_kms_crypto_key_version" "attestation" {
  for_each = toset([for version in var.attestation_key_versions : tostring(version)])

  crypto_key = google_kms_crypto_key.attestation.id
  version    = tonumber(each.key)
}
