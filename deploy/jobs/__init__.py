"""What the jobs of deploy.yml run, each beside one credential; docs/rollout.md has their order."""
