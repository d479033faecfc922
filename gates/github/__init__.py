"""What only GitHub's runs need: the answer of all jobs, and CodeQL's findings as a gate."""
