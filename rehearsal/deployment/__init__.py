"""The release's own workflow, run on this machine against a cloud of stand-ins."""
