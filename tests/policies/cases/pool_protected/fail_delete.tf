resource "google_iam_workload_identity_pool_provider" "this" {
  deletion_policy = "DELETE"
}
