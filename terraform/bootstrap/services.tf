locals {
  services = concat(
    [
      "artifactregistry.googleapis.com",
      "bigquery.googleapis.com",
      "binaryauthorization.googleapis.com",
      "cloudkms.googleapis.com",
      "cloudresourcemanager.googleapis.com",
      "containeranalysis.googleapis.com",
      "iam.googleapis.com",
      "iamcredentials.googleapis.com",
      "logging.googleapis.com",
      "monitoring.googleapis.com",
      "pubsub.googleapis.com",
      "run.googleapis.com",
      "serviceusage.googleapis.com",
      "storage.googleapis.com",
      "sts.googleapis.com",
    ],
    var.network_perimeter ? ["compute.googleapis.com", "dns.googleapis.com"] : [],
    var.billing_account == null ? [] : ["billingbudgets.googleapis.com"],
  )
}

resource "google_project_service" "this" {
  for_each = toset(local.services)

  project = var.project_id
  service = each.key
  # Turning an API off deletes what lives in it.
  disable_on_destroy = false
}
