"""A plan's summary: names, and never a value."""

import json

from deploy.plans import candidate, summary
from deploy.plans.refusal import Reason, Refusal
from deploy.plans.steps import Move
from tests.deploy.plans import plans

SECRET = "hunter2-hunter2-hunter2"


def test_a_person_sees_what_changes():
    document = plans.candidate()
    document["resource_changes"].append(plans.resource(plans.TABLE, {"schema": "[]"}, None))
    parsed = plans.parsed(document)
    refusal = Refusal(Reason.DELETION, plans.TABLE, "it holds data")
    told = summary.markdown(parsed, candidate.notices(parsed), [refusal], "0" * 64)
    assert f"`{'0' * 64}`" in told
    assert (
        f"| update | `{plans.API}` | template.containers.image, template.revision, traffic" in told
    )
    assert f"| **delete** | `{plans.TABLE}` |" in told
    assert f"**To be looked at**\n\n- {plans.TABLE}: it is deleted" in told
    assert f"**Refused**\n\n- deletion: {plans.TABLE}: it holds data" in told
    assert "Outputs that change: traffic" in told
    assert plans.TOPIC not in told


def test_a_plan_without_a_change_says_so():
    document = plans.step(Move(0))
    document["output_changes"] = {}
    assert summary.markdown(plans.parsed(document)) == "Nothing changes.\n"


def everywhere(value):
    """Put the secret beside each value of a plan, as value and as key of a map."""
    if isinstance(value, dict):
        return {name: everywhere(each) for name, each in value.items()}
    if isinstance(value, list):
        return [everywhere(each) for each in value]
    return f"{value} {SECRET}" if isinstance(value, str) else value


def test_a_secret_is_nowhere_in_it():
    """In variables, state, configuration, outputs, and in each value of what changes."""
    document = plans.candidate()
    for entry in document["resource_changes"]:
        change = entry["change"]
        change["before"] = everywhere(change["before"]) | {"labels": {SECRET: SECRET}}
        change["after"] = everywhere(change["after"]) | {"labels": {f"{SECRET}2": SECRET}}
        change["actions"] = ["update"]
    keyed = plans.resource(f'google_x.y["{SECRET}@example.com"]', None, {"a": SECRET})
    document["resource_changes"].append(keyed)
    quoted = plans.resource(f'google_x.z["a\\"{SECRET}\\\\"]', None, {"a": "b"})
    document["resource_changes"].append(quoted)
    document["resource_drift"] = [plans.resource(plans.TABLE, {"schema": "1"}, {"schema": SECRET})]
    document["output_changes"]["table"] = plans.output(["update"], SECRET)
    for part in ("variables", "configuration", "prior_state", "planned_values"):
        document[part] = {SECRET: {"value": SECRET}}
    parsed = plans.parsed(document)
    assert SECRET in json.dumps(document)
    told = summary.markdown(parsed, candidate.notices(parsed))
    assert SECRET not in told
    assert "labels" in told
    assert 'google_x.y["..."]' in told
    assert 'google_x.z["..."]' in told


def test_a_plain_key_is_shown():
    document = plans.plan(plans.resource('google_storage_bucket.this["plans"]', None, {}))
    assert 'this["plans"]' in summary.markdown(plans.parsed(document))
