# ruff: noqa: INP001 - Checkov would load a package's modules twice (sources.py)
"""Which topic takes a subscription's dead letters, and what refers to it."""

import re
from collections.abc import Iterable

from blocks import Block
from checkov.common.models.enums import CheckResult
from expressions import HOLE
from verdicts import FAILED, PASSED, UNKNOWN, has_hole, worst

AGENT = r"@gcp-sa-pubsub\.iam\.gserviceaccount\.com$"


def find_topics(subscription: Block) -> list[str]:
    """The topic of each dead letter policy, as it is written."""
    policies = subscription.find("dead_letter_policy")
    return [str(policy.get("dead_letter_topic")) for policy in policies]


def point_at(one: str, other: str) -> CheckResult:
    """Whether two texts name the same topic or subscription: by resource, or by last name."""
    here, there = _resource(one), _resource(other)
    if here or there:
        return PASSED if here == there else FAILED if here and there else UNKNOWN
    if has_hole(last := one.rpartition("/")[2]) or has_hole(other.rpartition("/")[2]):
        return UNKNOWN
    return PASSED if last == other.rpartition("/")[2] else FAILED


def _resource(text: str) -> str:
    names = [".".join(hole.split(".")[:2]) for hole in HOLE.findall(text)]
    found = [re.sub(r"\[.*", "", name) for name in names if name.startswith("google_pubsub_")]
    return found[-1] if found else ""


def is_granted(grants: Iterable[tuple[Block, str]], role: str, place: str) -> CheckResult:
    """Whether Pub/Sub's agent has the role on the topic or subscription.

    Args:
        grants: grants of the folder, each with the place that it is about.
        role: for example `roles/pubsub.publisher`.
        place: the topic or subscription as it is written.
    """
    verdicts = [_is_this(grant, role, where, place) for grant, where in grants]
    return PASSED if PASSED in verdicts else UNKNOWN if UNKNOWN in verdicts else FAILED


def _is_this(grant: Block, role: str, where: str, place: str) -> CheckResult:
    given = str(grant.get("role"))
    members = [*grant.get_list("member"), *grant.get_list("members")]
    agents = [_is_agent(str(member)) for member in members]
    agent = PASSED if PASSED in agents else UNKNOWN if UNKNOWN in agents else FAILED
    same_role = UNKNOWN if has_hole(given) else PASSED if given == role else FAILED
    return worst([same_role, agent, point_at(where, place)])


def _is_agent(member: str) -> CheckResult:
    if re.search(AGENT, member):
        return PASSED
    return UNKNOWN if HOLE.fullmatch(member) else FAILED
