"""pubsub-to-bigquery: turns pushed messages into durable rows, or into quarantined ones."""
