resource "google_binary_authorization_policy" "this" {
  default_admission_rule {
    evaluation_mode         = "REQUIRE_ATTESTATION"
    enforcement_mode        = "DRYRUN_AUDIT_LOG_ONLY"
    require_attestations_by = ["projects/p/attestors/a"]
  }
}
