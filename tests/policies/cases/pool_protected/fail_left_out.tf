resource "google_iam_workload_identity_pool" "this" {
}
