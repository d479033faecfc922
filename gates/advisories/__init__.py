"""A local set of advisories, for where the current ones are out of reach: one file, its date in it.

    {"recorded": "2030-01-31T00:00:00Z", "advisories": [OSV records]}

Trivy's database is written from it (main.go), and the real pip-audit asks it as an OSV service.
Source of a record's shape: https://ossf.github.io/osv-schema/
"""
