output "signed_only_level" {
  description = "How far \"only signed images run\" goes once this is applied; bootstrap alone is detective. preventive: Cloud Run refuses a service or job that leaves the project's policy or breaks its glass."
  value       = "preventive"
}

output "api_ingress" {
  description = "The perimeter that the policies were derived from. terraform/ must have the same."
  value       = var.api_ingress
}

output "egress" {
  description = "The way out that the policies were derived from. terraform/ must have the same."
  value       = var.egress
}

output "perimeter" {
  description = "off, dry_run or enforced. In dry run this finds what would be refused: gcloud logging read 'protoPayload.metadata.dryRun=true' --project=PROJECT_ID."
  value       = var.perimeter
}
