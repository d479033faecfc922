variable "given" {}

resource "google_iam_workload_identity_pool" "this" {
  deletion_policy = var.given ? "PREVENT" : "DELETE"
}
