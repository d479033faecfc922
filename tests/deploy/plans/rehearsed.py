"""The pipeline's root on a rehearsal, with what bootstrap hands over written down.

That bootstrap hands over just this, tests/terraform/test_life.py shows.
"""

import json

from deploy.plans import document
from deploy.plans.controls import Approved
from tests.terraform.project import CALLERS, REGISTRY, images

PROJECT = "data-prod-4711"
RING = f"projects/{PROJECT}/locations/europe-west1/keyRings/pipeline-1/cryptoKeys"
SMOKE = f"release-smoke@{PROJECT}.iam.gserviceaccount.com"
GIVEN = {
    "project_id": PROJECT,
    "region": "europe-west1",
    "callers": CALLERS,
    "foundation": {
        "project_number": "123456789012",
        "network_perimeter": False,
        "data_location": "europe-west1",
        "data_owner": "group:data-owners@example.com",
        "operators": [],
        "registry": REGISTRY,
        "keys": {name: f"{RING}/{name}-1" for name in ("topics", "tables", "services")},
        "accounts": {
            "api": f"data-api@{PROJECT}.iam.gserviceaccount.com",
            "function": f"pubsub-to-bigquery@{PROJECT}.iam.gserviceaccount.com",
            "push": f"pubsub-push@{PROJECT}.iam.gserviceaccount.com",
            "smoke": SMOKE,
        },
        "roles": {
            name: f"projects/{PROJECT}/roles/{name}" for name in ("table_reader", "table_writer")
        },
    },
}


def approved(release):
    return Approved(REGISTRY, images(release))


def parsed(shown):
    """Read what `life.plan` gives."""
    return document.read(json.dumps(shown))
