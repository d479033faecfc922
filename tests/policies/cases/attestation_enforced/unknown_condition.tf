variable "given" {}

resource "google_binary_authorization_policy" "this" {
  default_admission_rule {
    evaluation_mode         = "REQUIRE_ATTESTATION"
    enforcement_mode        = var.given ? "DRYRUN_AUDIT_LOG_ONLY" : "ENFORCED_BLOCK_AND_AUDIT_LOG"
    require_attestations_by = ["projects/p/attestors/a"]
  }
}
