# Three buckets and not prefixes of one: the backend lists its bucket, which no condition on a prefix
# allows, and a plan must be gone after a day, which versions of it would not be.
locals {
  buckets = {
    # This root's own state. CI reaches nothing in it.
    bootstrap-state = { versioned = true, keep_days = null }
    pipeline-state  = { versioned = true, keep_days = null }
    # Saved plans hold the state before them, so they are as private as it, and short-lived.
    plans = { versioned = false, keep_days = 1 }
  }
  bucket_names = { for name, _ in local.buckets : name => "${var.project_id}-${name}-${var.suffix}" }
}

resource "google_storage_bucket" "this" {
  # checkov:skip=CKV_GCP_62:each read and write is in the audit log (audit.tf), which says who, while an access log says from where
  # checkov:skip=CKV_GCP_78:a plan must be gone after a day, which versions of it would not be
  for_each = local.buckets

  project                     = var.project_id
  name                        = local.bucket_names[each.key]
  location                    = upper(var.region)
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false
  deletion_policy             = local.deletion_policy

  encryption {
    default_kms_key_name = local.key_ids.state
  }

  versioning {
    enabled = each.value.versioned
  }

  # A deleted plan is deleted; a deleted state comes back within a week.
  soft_delete_policy {
    retention_duration_seconds = each.value.versioned ? 604800 : 0
  }

  dynamic "lifecycle_rule" {
    for_each = each.value.keep_days == null ? [] : [each.value.keep_days]
    content {
      action { type = "Delete" }
      condition { age = lifecycle_rule.value }
    }
  }

  dynamic "lifecycle_rule" {
    for_each = each.value.versioned ? [100] : []
    content {
      action { type = "Delete" }
      condition {
        num_newer_versions = lifecycle_rule.value
        with_state         = "ARCHIVED"
      }
    }
  }

  depends_on = [google_kms_crypto_key_iam_binding.encryption]
}

# Plan reads the state and takes no lock: it could not give one back. So does the nightly look for drift.
resource "google_storage_bucket_iam_binding" "state_reader" {
  bucket     = local.bucket_names.pipeline-state
  role       = local.roles.state_reader
  members    = [local.members.plan, local.members.nightly]
  depends_on = [google_storage_bucket.this, google_project_iam_custom_role.this]
}

# Apply and rollout write the state, and its lock.
resource "google_storage_bucket_iam_binding" "state_writer" {
  bucket     = local.bucket_names.pipeline-state
  role       = local.roles.state_writer
  members    = [local.members.apply, local.members.rollout]
  depends_on = [google_storage_bucket.this, google_project_iam_custom_role.this]
}

# Plan puts a plan down and can neither read nor replace one.
resource "google_storage_bucket_iam_binding" "plan_creator" {
  bucket     = local.bucket_names.plans
  role       = local.roles.plan_creator
  members    = [local.members.plan]
  depends_on = [google_storage_bucket.this, google_project_iam_custom_role.this]
}

# Apply fetches the plan that was reviewed.
resource "google_storage_bucket_iam_binding" "plan_reader" {
  bucket     = local.bucket_names.plans
  role       = local.roles.plan_reader
  members    = [local.members.apply]
  depends_on = [google_storage_bucket.this, google_project_iam_custom_role.this]
}
