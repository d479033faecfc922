"""What Trivy sees, and what follows from it: pass (0), a finding (1) or could not judge (2)."""
