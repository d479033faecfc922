"""Stands in for Cloud KMS, Container Analysis and Binary Authorization, with the planned policy."""
