"""The first deployment's three plans, and which of them is next."""

import pytest

from deploy.plans import first
from deploy.plans.controls import Approved
from deploy.plans.first import CALLERS, SUBSCRIPTION, Stage
from deploy.plans.refusal import PlanRefusedError, Reason
from deploy.plans.standing import Share
from tests.deploy.plans import plans
from tests.deploy.plans.plans import API, REGISTRY, RELEASE, TABLE, TOPIC, VERSION

APPROVED = Approved(REGISTRY, RELEASE.images)
SMOKE = "release-smoke@p.iam.gserviceaccount.com"
SMOKE_ALONE = {"role": "roles/run.servicesInvoker", "members": [f"serviceAccount:{SMOKE}"]}


def document(*more):
    """Both services are created, and what a stage adds."""
    created = [
        plans.resource(
            f"module.{name}[0].google_cloud_run_v2_service.this",
            None,
            plans.service(name, [Share(RELEASE.pairs[name].candidate, 100)]),
        )
        for name in RELEASE.pairs
    ]
    return plans.plan(*created, *more)


def check(document, stage):
    return first.check(plans.parsed(document), stage, APPROVED, SMOKE, VERSION)


def refused(document, stage):
    with pytest.raises(PlanRefusedError) as info:
        check(document, stage)
    return {each.reason for each in info.value.refusals}


def test_each_stage_is_accepted():
    check(plans.plan(plans.resource(TOPIC, None, {"name": "t"})), Stage.RESOURCES)
    services = document(plans.resource(CALLERS, None, SMOKE_ALONE))
    shown = [str(each) for each in check(services, Stage.SERVICES)]
    assert sum("a new service" in line for line in shown) == 2
    everybody = {**SMOKE_ALONE, "members": [*SMOKE_ALONE["members"], "user:a@example.com"]}
    opened = [
        plans.resource(CALLERS, SMOKE_ALONE, everybody),
        plans.resource(SUBSCRIPTION, None, {}),
    ]
    check(document(*opened), Stage.OPENING)


@pytest.mark.parametrize(
    ("stage", "more", "reason"),
    [
        (Stage.RESOURCES, (), Reason.EARLY),
        (Stage.SERVICES, (SUBSCRIPTION, None, {}), Reason.EARLY),
        (Stage.RESOURCES, (SUBSCRIPTION, None, {}), Reason.EARLY),
        (Stage.SERVICES, (CALLERS, None, {**SMOKE_ALONE, "members": []}), Reason.EARLY),
        (Stage.SERVICES, (CALLERS, None, {**SMOKE_ALONE, "members": ["user:a@b.c"]}), Reason.EARLY),
        (
            Stage.SERVICES,
            (CALLERS, None, {"members": [*SMOKE_ALONE["members"], "user:a@b.c"]}),
            Reason.EARLY,
        ),
        (
            Stage.SERVICES,
            (
                "google_cloud_run_v2_service_iam_member.x",
                None,
                {"role": "r", "member": "user:a@b.c"},
            ),
            Reason.EARLY,
        ),
        (
            Stage.SERVICES,
            (
                "google_pubsub_subscription.x",
                None,
                {"push_config": [{"push_endpoint": "https://x"}]},
            ),
            Reason.EARLY,
        ),
        (Stage.OPENING, (CALLERS, SMOKE_ALONE, {"members": ["allUsers"]}), Reason.PUBLIC),
        (Stage.OPENING, (TABLE, {"schema": "[]"}, None), Reason.DELETION),
        (
            Stage.OPENING,
            ("google_pubsub_topic_iam_binding.x", {"members": []}, None),
            Reason.DELETION,
        ),
    ],
)
def test_what_comes_too_early_or_takes_away_is_refused(stage, more, reason):
    extra = [plans.resource(*more)] if more else []
    assert reason in refused(document(*extra), stage)


def test_a_service_does_not_begin_with_less_than_all_requests():
    told = document()
    plans.found(told)["change"]["after"]["traffic"][0]["percent"] = 5
    assert refused(told, Stage.SERVICES) == {Reason.TRAFFIC}


def test_a_service_without_a_verified_image_is_refused():
    told = document()
    after = plans.found(told)["change"]["after"]
    after["template"][0]["containers"][0]["image"] = f"{REGISTRY}/data-api@sha256:{'c' * 64}"
    assert refused(told, Stage.SERVICES) == {Reason.IMAGE}


def test_a_service_whose_creation_failed_is_not_replaced():
    """Its protection would block that; docs/rollout.md says what to do."""
    told = document()
    entry = plans.found(told, API)
    entry["change"]["actions"] = ["delete", "create"]
    entry["action_reason"] = "replace_because_tainted"
    assert refused(told, Stage.SERVICES) == {Reason.TAINTED}


def state(*addresses):
    resources = [
        {
            "address": address,
            "mode": "managed",
            "type": address.split(".")[-2],
            "values": {"template": [{"revision": "r", "containers": [{"image": "i"}]}]},
        }
        for address in addresses
    ]
    inside = [each for each in resources if each["address"].startswith("module.")]
    outside = [each for each in resources if each not in inside]
    return {
        "values": {
            "root_module": {"resources": outside, "child_modules": [{"resources": inside}]},
        }
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, Stage.RESOURCES),
        ({"format_version": "1.0"}, Stage.RESOURCES),
        (state("google_bigquery_dataset.analytics"), Stage.RESOURCES),
        (state(TOPIC), Stage.SERVICES),
        (state(TOPIC, API), Stage.SERVICES),
        (state(TOPIC, API, plans.FUNCTION), Stage.OPENING),
        (state(TOPIC, API, plans.FUNCTION, SUBSCRIPTION), None),
    ],
)
def test_the_state_says_which_plan_is_next(given, expected):
    """A death in the middle of one is not taken for its end."""
    assert first.stage(given, RELEASE.images) is expected


def test_each_stage_gives_its_variables():
    images = dict(RELEASE.images)
    assert [stage.variables(images) for stage in Stage] == [
        {"images": {}, "canary": {}, "serving": False},
        {"images": images, "canary": {}, "serving": False},
        {"images": images, "canary": {}, "serving": True},
    ]
