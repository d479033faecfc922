variable "given" {}

resource "google_binary_authorization_policy" "this" {
  default_admission_rule {
    evaluation_mode         = "REQUIRE_ATTESTATION"
    enforcement_mode        = var.given
    require_attestations_by = ["projects/p/attestors/a"]
  }
}
