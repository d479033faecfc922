"""Plans as `terraform show -json` has them, small enough to be changed in one place."""

import copy
import json

from deploy.plans.document import PROVIDER, SERVICE, read
from deploy.plans.steps import BACK, Pair, Release

VERSION = "1.11.4"
REGISTRY = "europe-west1-docker.pkg.dev/p/images"
NAMES = {"api": "data-api", "function": "pubsub-to-bigquery"}
RELEASE = Release(
    {service: f"{REGISTRY}/{name}@sha256:{'b' * 64}" for service, name in NAMES.items()},
    {service: Pair(f"{name}-{'a' * 12}", f"{name}-{'b' * 12}") for service, name in NAMES.items()},
)
API = f"module.api[0].{SERVICE}.this"
FUNCTION = f"module.function[0].{SERVICE}.this"
TOPIC = "google_pubsub_topic.ingest"
TABLE = "google_bigquery_table.rows"
BY_REVISION = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"


def traffic(*shares):
    return [
        {
            "type": BY_REVISION,
            "revision": share.revision,
            "percent": share.percent,
            "tag": share.tag or None,
        }
        for share in shares
    ]


def service(name, shares, release=RELEASE):
    """Write the values of a service whose template makes the candidate."""
    return {
        "name": NAMES[name],
        "ingress": "INGRESS_TRAFFIC_ALL",
        "invoker_iam_disabled": False,
        "deletion_protection": True,
        "binary_authorization": [
            {"use_default": True, "policy": None, "breakglass_justification": None}
        ],
        "template": [
            {
                "revision": release.pairs[name].candidate,
                "service_account": f"{NAMES[name]}@p.iam.gserviceaccount.com",
                "containers": [{"image": release.images[name], "env": []}],
            }
        ],
        "traffic": traffic(*shares),
        "etag": "one",
        "generation": "7",
    }


def resource(address, before, after, actions=None, **more):
    """Write one entry of `resource_changes` or `resource_drift`."""
    doing = {
        (True, True): ["update"],
        (False, True): ["create"],
        (True, False): ["delete"],
    }
    made = actions or (
        ["no-op"] if before == after else doing[before is not None, after is not None]
    )
    change = {
        "actions": made,
        "before": before,
        "after": after,
        "after_unknown": {},
        "before_sensitive": {},
        "after_sensitive": {},
    }
    kind = address.split(".")[-2].partition("[")[0]
    return {
        "address": address,
        "mode": "managed",
        "type": kind,
        "name": "this",
        "provider_name": PROVIDER,
        "change": change,
        **more,
    }


def plan(*resources, **more):
    """Write a plan."""
    done = [each for each in resources if each["change"]["actions"] != ["no-op"]]
    return {
        "format_version": "1.2",
        "terraform_version": VERSION,
        "errored": False,
        "complete": True,
        "applyable": bool(done),
        "resource_changes": list(resources),
        "resource_drift": [],
        "output_changes": {
            "traffic": output(["update"]),
            "revisions": output(["no-op"]),
        },
        "checks": [{"address": {"to_display": "module.api"}, "status": "pass", "instances": []}],
        "planned_values": {},
        "prior_state": {},
        "variables": {},
        "configuration": {},
        "timestamp": "2026-12-01T00:00:00Z",
        **more,
    }


def output(actions, after="x", *, after_unknown=False):
    return {
        "actions": actions,
        "before": None,
        "after": after,
        "after_unknown": after_unknown,
        "before_sensitive": False,
        "after_sensitive": False,
    }


def step(move, before=BACK, release=RELEASE):
    """Write the plan of a step, and what stays as it is."""
    services = [
        resource(
            f"module.{name}[0].{SERVICE}.this",
            service(name, release.traffic(name, before), release),
            service(name, release.traffic(name, move), release),
        )
        for name in release.pairs
    ]
    topic = {"name": "data-ingest-topic", "kms_key_name": "k"}
    return plan(*services, resource(TOPIC, topic, topic))


def candidate(release=RELEASE):
    """Write the plan of a candidate: a new revision of each service, at 0 %."""
    changes = []
    for name, pair in release.pairs.items():
        after = service(name, release.traffic(name, BACK), release)
        before = copy.deepcopy(after)
        before["template"][0]["revision"] = pair.stable
        before["template"][0]["containers"][0]["image"] = (
            f"{REGISTRY}/{NAMES[name]}@sha256:{'a' * 64}"
        )
        before["traffic"] = traffic(release.traffic(name, BACK)[0])
        changes.append(resource(f"module.{name}[0].{SERVICE}.this", before, after))
    topic = {"name": "data-ingest-topic", "kms_key_name": "k"}
    return plan(*changes, resource(TOPIC, topic, topic))


def parsed(document):
    return read(json.dumps(document))


def found(document, address=API):
    """Look one resource's entry up, to change it."""
    (entry,) = [each for each in document["resource_changes"] if each["address"] == address]
    return entry
