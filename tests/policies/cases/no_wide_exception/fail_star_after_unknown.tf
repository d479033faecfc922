variable "given" {}

resource "google_binary_authorization_policy" "this" {
  admission_whitelist_patterns {
    name_pattern = "${var.given}/*"
  }
  default_admission_rule {
    evaluation_mode         = "REQUIRE_ATTESTATION"
    enforcement_mode        = "ENFORCED_BLOCK_AND_AUDIT_LOG"
    require_attestations_by = ["projects/p/attestors/a"]
  }
}
