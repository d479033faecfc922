"""From a plan to a change of the cloud: what may be applied, by which steps, and after a death."""
