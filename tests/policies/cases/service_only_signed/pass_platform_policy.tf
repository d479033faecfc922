resource "google_cloud_run_v2_job" "this" {
  name = "s"
  binary_authorization {
    policy = "projects/p/platforms/cloudRun/x"
  }
}
