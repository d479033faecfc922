"""The rulesets ask for what the workflows give, and nobody is above them."""

import copy
import json

import pytest
import yaml

from local.layout import ROOT

RULESET = json.loads((ROOT / ".github" / "rulesets" / "main.json").read_text("utf-8"))
GITHUB_ACTIONS = 15368
"""The app that runs workflows: without it, whoever may set a status could give the check."""
REVIEW = {
    "required_approving_review_count": 2,
    "dismiss_stale_reviews_on_push": True,
    "require_code_owner_review": True,
    "require_last_push_approval": True,
    "required_review_thread_resolution": True,
    "allowed_merge_methods": ["squash", "rebase"],
}
"""https://docs.github.com/en/rest/repos/rules#create-a-repository-ruleset has the shape."""


def complaints(ruleset):
    rules = {rule["type"]: rule.get("parameters", {}) for rule in ruleset["rules"]}
    if ruleset["bypass_actors"]:
        yield "somebody is above it"
    if (ruleset["target"], ruleset["enforcement"]) != ("branch", "active"):
        yield "it does not bind"
    if ruleset["conditions"] != {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}}:
        yield "it is not about main"
    for kind in ("deletion", "non_fast_forward", "required_linear_history"):
        if kind not in rules:
            yield f"{kind} is allowed"
    if rules.get("pull_request") != REVIEW:
        yield "a change needs less than two approvals of its last state, one of them its owner's"
    checks = rules.get("required_status_checks", {})
    wanted = [{"context": name(), "integration_id": GITHUB_ACTIONS}]
    if checks.get("required_status_checks") != wanted:
        yield "it asks for another check than the workflow gives"
    if checks.get("strict_required_status_checks_policy") is not True:
        yield "a check counts that was made on an older main"


def name():
    """What GitHub calls the check: the job's name."""
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    return yaml.safe_load(text)["jobs"]["all-gates-pass"]["name"]


def rule(ruleset, kind):
    return next(each for each in ruleset["rules"] if each["type"] == kind)


def weakened(change):
    ruleset = copy.deepcopy(RULESET)
    change(ruleset)
    return ruleset


def review(ruleset):
    return rule(ruleset, "pull_request")["parameters"]


def checks(ruleset):
    return rule(ruleset, "required_status_checks")["parameters"]


TWINS = [
    (lambda it: it["bypass_actors"].append({"actor_id": 5}), "above it"),
    (lambda it: it.update(enforcement="evaluate"), "does not bind"),
    (lambda it: it["conditions"]["ref_name"]["exclude"].append("main"), "not about main"),
    *(
        (lambda it, kind=kind: it["rules"].remove(rule(it, kind)), f"{kind} is allowed")
        for kind in ("deletion", "non_fast_forward", "required_linear_history")
    ),
    *(
        (lambda it, key=key: review(it).update({key: 0}), "less than two approvals")
        for key in REVIEW
    ),
    (lambda it: it["rules"].remove(rule(it, "pull_request")), "less than two approvals"),
    (lambda it: checks(it)["required_status_checks"][0].update(context="x"), "another check"),
    (lambda it: checks(it)["required_status_checks"][0].pop("integration_id"), "another check"),
    (lambda it: it["rules"].remove(rule(it, "required_status_checks")), "another check"),
    (lambda it: checks(it).update(strict_required_status_checks_policy=False), "older main"),
]


def test_the_ruleset_binds_everybody():
    assert list(complaints(RULESET)) == []


@pytest.mark.parametrize(("change", "said"), TWINS)
def test_a_weaker_ruleset_is_found(change, said):
    found = list(complaints(weakened(change)))
    assert any(said in each for each in found), found


def test_a_releases_tag_neither_moves_nor_goes():
    """Who signed is told by the tag, so that a tag must mean one commit for ever."""
    tags = json.loads((ROOT / ".github" / "rulesets" / "tags.json").read_text("utf-8"))
    assert (tags["target"], tags["enforcement"], tags["bypass_actors"]) == ("tag", "active", [])
    assert {each["type"] for each in tags["rules"]} == {"deletion", "update"}
    text = (ROOT / ".github" / "workflows" / "release-template.yml").read_text("utf-8")
    # YAML 1.1 takes `on` for a truth value.
    patterns = yaml.safe_load(text)[True]["push"]["tags"]
    wanted = {"include": [f"refs/tags/{each}" for each in patterns], "exclude": []}
    assert tags["conditions"]["ref_name"] == wanted
