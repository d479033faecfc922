"""How much the pipeline carries, what an outage costs, and which limit comes first.

It stands beside the objectives, and not among the benchmarks: it measures nothing, it says what
follows from the objectives, from Terraform's limits and from Google's quotas.
"""
