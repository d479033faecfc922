"""A rehearsal of the Terraform roots: their logic runs for everybody, the cloud is never asked."""
