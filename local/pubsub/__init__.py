"""An embedded Pub/Sub, for machines that have nothing but Python; all is kept in memory."""
