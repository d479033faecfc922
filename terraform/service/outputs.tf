output "name" {
  description = "Name of the service."
  value       = google_cloud_run_v2_service.this.name
}

output "uri" {
  description = "The service's default address."
  value       = google_cloud_run_v2_service.this.uri
}

output "revision" {
  description = "Name of the revision that this configuration makes."
  value       = local.revision
}

output "traffic" {
  description = "Who gets which percentage of the requests."
  value       = local.traffic
}
