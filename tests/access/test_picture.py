"""The picture shows every grant, and nothing else."""

import re

from access.grants import opened
from access.picture import document, flowchart
from tests.access.plans import SETTING, P, guarded, on_project, role, runtime

PLANS = {"terraform": [*runtime(), *guarded()]}


def test_each_grant_is_an_arrow_between_two_drawn_things():
    chart = flowchart(PLANS, SETTING)
    drawn = set(re.findall(r"^    (\w+)[(\[]", chart, re.MULTILINE))
    arrows = re.findall(r"^  (\w+) -->\|([^|]+)\| (\w+)$", chart, re.MULTILINE)
    assert {end for source, _, target in arrows for end in (source, target)} <= drawn
    roles = sum(len(granted.split(", ")) for _, granted, _ in arrows)
    assert roles == len(opened(PLANS["terraform"]))


def test_it_names_nothing_of_this_deployment():
    text = document(PLANS, SETTING)
    assert P not in text
    assert "123456789012" not in text
    assert "example.com" not in text


def test_a_further_grant_changes_it():
    more = {"terraform": [*PLANS["terraform"], on_project("data-api", "roles/viewer", "more")]}
    assert "data_api -->|query_runner, viewer| the_project" in flowchart(more, SETTING)
    assert flowchart(more, SETTING) != flowchart(PLANS, SETTING)


def test_the_document_lists_our_roles_and_what_is_meant_to_be():
    text = document({"terraform": [*PLANS["terraform"], role("x", "b.c.d", "a.b.c")]}, SETTING)
    assert "| `x` | `a.b.c`, `b.c.d` |" in text
    assert "| `release-attest` | may sign attestations | That is its work. |" in text
    assert text.count("```mermaid\nflowchart LR\n") == 2
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
