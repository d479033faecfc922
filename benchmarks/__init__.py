"""How fast the services are, as ratios to the same server doing nothing."""
