"""What the running local pipeline does, in the metrics that Google would have of it."""
