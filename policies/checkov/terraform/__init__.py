"""Policies about Terraform, one a file."""
