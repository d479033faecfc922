resource "google_binary_authorization_attestor" "this" {
  name = "a"
  attestation_authority_note {
    note_reference = "n"
  }
}
