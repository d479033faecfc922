resource "google_cloud_run_v2_service" "this" {
  name                 = "s"
  invoker_iam_disabled = "true"
}
