"""A canary on one machine: real revisions, real load, and the decision that the cloud gets."""
