"""The optional network: over a life, and between the roots that have to agree about it."""

import re

import pytest

from access import grants, roles
from rehearsal import life
from rehearsal.errors import MissingError
from tests.terraform.project import BOOTSTRAP, CALLERS, images

API = "module.api[0].google_cloud_run_v2_service.this"
FUNCTION = "module.function[0].google_cloud_run_v2_service.this"
INVOCATION = "run.routes.invoke"
"""A request to a service, which is no call of Cloud Run's own API."""


def begin(root, variables):
    try:
        return life.begin(root, variables)
    except MissingError as exc:
        pytest.skip(str(exc))


@pytest.fixture(scope="module")
def behind_everything():
    """The variables of a pipeline with a network of its own and a load balancer."""
    with begin("terraform/bootstrap", {**BOOTSTRAP, "network_perimeter": True}) as bootstrap:
        bootstrap.plan()
        bootstrap.apply()
        outputs = bootstrap.state()["values"]["outputs"]
    return {
        **outputs["pipeline_variables"]["value"],
        "images": images("a"),
        "callers": CALLERS,
        "protected": False,
        "egress": "vpc",
        "api_ingress": "load_balancer",
        "domain": "data.example.com",
    }


@pytest.fixture
def pipeline(behind_everything):
    with begin("terraform", behind_everything) as pipeline:
        pipeline.plan()
        pipeline.apply()
        yield pipeline


def test_a_release_changes_nothing_of_the_load_balancer(pipeline, behind_everything):
    """Each step of a canary is accepted only if it changes traffic alone."""
    (stable,) = [
        resource["values"]["template"][0]["revision"]
        for module in pipeline.state()["values"]["root_module"]["child_modules"]
        for resource in module["resources"]
        if resource["address"] == API
    ]
    for percent in (0, 100):
        canary = {"api": {"stable_revision": stable, "percent": percent}}
        new = {**behind_everything["images"], "api": images("b")["api"]}
        pipeline.set({**behind_everything, "images": new, "canary": canary})
        changed = {
            change["address"]
            for change in pipeline.plan()["resource_changes"]
            if change["change"]["actions"] != ["no-op"]
        }
        assert changed == {API}
        pipeline.apply()


def test_services_leave_the_network_before_it_goes(pipeline, behind_everything):
    """In the other order the subnet could never be deleted: the services still use it."""
    pipeline.set({**behind_everything, "egress": "internet"})
    pipeline.plan()
    said = pipeline.space.do(pipeline.root, "apply", "-no-color", life.PLAN)
    order = re.findall(r"^(\S+): (Modifications complete|Destroying)", said, re.MULTILINE)
    gone = [address for address, what in order if what == "Destroying"]
    first = order.index((gone[0], "Destroying"))
    assert {address for address, _ in order[:first]} == {API, FUNCTION}
    assert "google_compute_network.services[0]" in gone


def test_perimeter_lets_each_identity_in_for_what_it_may_call(planned_runs):
    """Less would stop a release on the day the perimeter is enforced; more would be a way in."""
    resources = (
        planned_runs["terraform/bootstrap", "ordinary"] + planned_runs["terraform", "serving"]
    )
    known = roles.roles(resources)
    (perimeter,) = [
        resource.values
        for resource in planned_runs["terraform/organization", "enforced"]
        if resource.type == "google_access_context_manager_service_perimeter"
    ]
    (status,) = perimeter["status"]
    restricted = {name.removesuffix(".googleapis.com") for name in status["restricted_services"]}

    calls = {}
    for grant in grants.opened(resources):
        if grant.identity.startswith("serviceAccount:release-"):
            held = roles.permissions(known, grant.role) - {INVOCATION}
            services = {permission.split(".")[0] for permission in held} & restricted
            if services:
                calls.setdefault(grant.identity, set()).update(services)

    entered = {
        identity: {
            operation["service_name"].removesuffix(".googleapis.com")
            for operation in way["ingress_to"][0]["operations"]
        }
        for way in status["ingress_policies"]
        for identity in way["ingress_from"][0]["identities"]
        if identity.startswith("serviceAccount:release-")
    }
    assert entered == calls
