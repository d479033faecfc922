"""What both services share: contract, identity, logs, settings, the way to BigQuery."""
