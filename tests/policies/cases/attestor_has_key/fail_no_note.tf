resource "google_binary_authorization_attestor" "this" {
  name = "a"
}
