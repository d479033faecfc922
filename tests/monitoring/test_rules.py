"""The rule file is whole: who is called, by which text, and a page for whoever is."""

import re

import pytest
import yaml
from pydantic import ValidationError

from local.layout import ROOT
from monitoring import rules

TEXT = rules.PATH.read_text("utf-8")
FILE = rules.read()
ALERTS = {rule.alert: rule for rule in FILE.rules}
TICKETS = {
    *("ProbeSilent", "MessageTooOld", "DeadLettersWaiting", "MessagesQuarantined"),
    "AuthenticationFailuresSurge",
    *(
        f"{name}Burn{long}"
        for name in ("ApiAvailability", "ApiLatency", "IngestFreshness")
        for long in ("1d", "3d")
    ),
}
"""Nobody is woken for these."""
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def test_somebody_is_woken_for_all_but_these():
    assert {name for name, rule in ALERTS.items() if rule.labels.severity == "ticket"} == TICKETS


def test_the_names_are_those_that_terraform_knows():
    """It puts a project's own in their place, and finds them by these."""
    subscription = (ROOT / "terraform" / "subscription.tf").read_text("utf-8")
    dead_letters = (ROOT / "terraform" / "dead_letters.tf").read_text("utf-8")
    variables = (ROOT / "terraform" / "variables.tf").read_text("utf-8")
    named = set(re.findall(r'\b(?:subscription_id|service_name)="([^"]+)"', TEXT))
    assert named == {
        *re.findall(
            r'resource "google_pubsub_subscription" "ingest".*?name += "([^"]+)"',
            subscription,
            re.DOTALL,
        ),
        *re.findall(
            r'resource "google_pubsub_subscription" "dead_letters".*?name += "([^"]+)"',
            dead_letters,
            re.DOTALL,
        ),
        *re.findall(r'(?:api|function) += optional\(string, "([^"]+)"\)', variables),
    }


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_has_a_runbook_that_names_it(alert):
    page = (ROOT / ALERTS[alert].annotations.runbook).read_text("utf-8")
    assert f"`{alert}`" in page


PAGES = sorted((ROOT / "docs" / "runbooks").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_a_runbook_has_commands_to_begin_with_a_way_to_stop_it_and_to_try_it(page):
    text = page.read_text("utf-8")
    first, stop, try_it = (
        text.split(f"\n## {heading}\n", 1)[1].split("\n## ")[0]
        for heading in ("First", "Stop it", "Try it")
    )
    commands = re.findall(r"^    (\w+) ", first, re.MULTILINE)
    assert len(commands) == 3
    assert set(commands) <= {"gcloud", "bq", "make", "git"}
    assert stop.strip()
    assert "make monitoring-test ARGS='-k" in try_it


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_a_runbook_is_of_an_alert_and_its_commands_exist(page):
    text = page.read_text("utf-8")
    assert f"docs/runbooks/{page.name}" in {rule.annotations.runbook for rule in FILE.rules}
    assert set(re.findall(r"make ([a-z][a-z-]*)", text)) <= TARGETS
    for target in re.findall(r"\]\(([\w./-]+\.md)\)", text):
        assert (page.parent / target).exists(), target
    for wanted in re.findall(r"-k \"?([A-Za-z]+(?: or [A-Za-z]+)*)", text):
        for name in wanted.split(" or "):
            assert name == "dead" or any(name in alert for alert in ALERTS), name


def test_a_runbook_fits_into_a_notice():
    """Cloud Monitoring takes 8 KiB of documentation with a policy."""
    assert max(page.stat().st_size for page in PAGES) < 8192


WRONG = {
    "no runbook": lambda rule: rule["annotations"].pop("runbook"),
    "a runbook elsewhere": lambda rule: rule["annotations"].update(runbook="docs/canary.md"),
    "an unknown severity": lambda rule: rule["labels"].update(severity="critical"),
    "an unknown label": lambda rule: rule["labels"].update(team="x"),
    "a name that is no label": lambda rule: rule.update(alert="Api-Down"),
    "no time": lambda rule: rule.pop("for"),
    "a time without a unit": lambda rule: rule.update({"for": "5"}),
    "a recording rule": lambda rule: rule.update(record=rule.pop("alert")),
}


@pytest.mark.parametrize("spoil", WRONG.values(), ids=WRONG)
def test_a_rule_of_another_shape_is_refused(spoil):
    document = yaml.safe_load(TEXT)
    spoil(document["groups"][0]["rules"][0])
    with pytest.raises(ValidationError):
        rules.parse(yaml.safe_dump(document))
