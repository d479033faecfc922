variable "given" {}

resource "google_binary_authorization_attestor" "this" {
  name = "a"
  attestation_authority_note {
    note_reference = "n"
    dynamic "public_keys" {
      for_each = var.given
      content {
        id = public_keys.value
      }
    }
  }
}
