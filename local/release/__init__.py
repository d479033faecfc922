"""A release on one machine: what a release needs, and the release itself."""
