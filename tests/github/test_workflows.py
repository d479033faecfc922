"""Every workflow keeps to the rules, and each rule finds what it is there for."""

import pytest

from tests.github.documents import documents, parse, pins
from tests.github.rules import (
    RULES,
    ends_in_time,
    forgives_nothing,
    is_pinned,
    keeps_credentials_apart,
    leaves_no_token_behind,
    names_each_permission,
    names_images_by_digest,
    puts_no_expression_into_a_command,
    runs_make_alone,
    runs_on_a_fixed_system,
    says_what_runs_at_once,
    skips_no_step_of_judgement,
    starts_from_no_permission,
    starts_safely,
    weakens_nothing,
    writes_from_fixed_code_alone,
)

DOCUMENTS = documents()
CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
SHA = "0" * 40
GOOD = f"""
on:
  push:
permissions: {{}}
concurrency:
  group: x
  cancel-in-progress: false
jobs:
  one:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      contents: read
    steps:
      - uses: {CHECKOUT}
        with:
          persist-credentials: false
      - run: make test
"""
CONTENTS = "      contents: read"
ID_TOKEN = f"{CONTENTS}\n      id-token: write"
EVENTS = f"{CONTENTS}\n      security-events: write"
SCORECARD = "ossf/scorecard-action@2d1146689b8cda280b9bc96326124645441f03bc # v2.4.4"
TWINS = [
    (starts_from_no_permission, "permissions: {}", "permissions: read-all", "does not start from"),
    (starts_from_no_permission, "permissions: {}\n", "", "does not start from"),
    (starts_from_no_permission, "permissions: {}", "permissions:\n  contents: read", "not start"),
    (names_each_permission, f"    permissions:\n{CONTENTS}\n", "", "one: its permissions"),
    (names_each_permission, f":\n{CONTENTS}", ": write-all", "one: its permissions"),
    (names_each_permission, f":\n{CONTENTS}", ": {}", "one: its permissions"),
    (is_pinned, CHECKOUT, "actions/checkout@v7", "not pinned by commit"),
    (is_pinned, CHECKOUT, "actions/checkout", "not pinned by commit"),
    (is_pinned, CHECKOUT, f"actions/checkout@{SHA} # v7.0.1", "has another"),
    (is_pinned, CHECKOUT, "./somewhere/else", "not pinned by commit"),
    (is_pinned, "# v7.0.1", "# v7", "has another"),
    (is_pinned, " # v7.0.1", "", "has another"),
    (is_pinned, CHECKOUT, f"somebody/something@{SHA} # v1", "not in policies/actions.toml"),
    (names_images_by_digest, CHECKOUT, "docker://alpine:3.22", "an image without its digest"),
    (
        names_images_by_digest,
        CHECKOUT,
        f"docker://alpine@sha256:{SHA}",
        "an image without its digest",
    ),
    (
        is_pinned,
        f"- uses: {CHECKOUT}",
        '- {"uses": "actions/cache@v4"}\n      - x: y',
        "not pinned",
    ),
    (
        is_pinned,
        "    steps:",
        "    uses: o/r/.github/workflows/w.yml@main\n    steps:",
        "not pinned",
    ),
    (
        names_images_by_digest,
        "    steps:",
        "    services:\n      a:\n        image: redis:7\n    steps:",
        "redis:7",
    ),
    (
        names_images_by_digest,
        "    steps:",
        "    container: debian:13\n    steps:",
        "debian:13: an image",
    ),
    (starts_safely, "  push:", "  pull_request_target:", "pull_request_target: it would"),
    (starts_safely, "  push:", "  workflow_run:", "workflow_run: it would"),
    (starts_safely, "  push:", "  issue_comment:", "issue_comment: it would"),
    (starts_safely, "on:\n  push:", "on: pull_request_target", "pull_request_target: it would"),
    (starts_safely, "on:\n  push:", "on: [push, workflow_run]", "workflow_run: it would"),
    (starts_safely, "on:\n  push:", '"on": {workflow_run: {}}', "workflow_run: it would"),
    (starts_safely, "on:\n  push:\n", "", "nothing starts it"),
    (keeps_credentials_apart, CONTENTS, ID_TOKEN, "one: make test beside a credential"),
    (
        keeps_credentials_apart,
        "make test",
        "make test\n        env:\n          A: ${{ secrets.A }}",
        "test",
    ),
    (keeps_credentials_apart, "    steps:", "    environment: production\n    steps:", "make test"),
    (keeps_credentials_apart, "    steps:", "    secrets: inherit\n    steps:", "make test"),
    (keeps_credentials_apart, f":\n{CONTENTS}", ": write-all", "make test beside"),
    (
        keeps_credentials_apart,
        f"{CONTENTS}\n    steps:",
        f"{ID_TOKEN}\n    steps:\n      - uses: actions/cache@{SHA}",
        "actions/cache beside",
    ),
    (
        keeps_credentials_apart,
        f"{CONTENTS}\n    steps:",
        f"{ID_TOKEN}\n    steps:\n      - uses: {SCORECARD}",
        "scorecard-action beside",
    ),
    (
        keeps_credentials_apart,
        f"{CONTENTS}\n    steps:",
        f"{ID_TOKEN}\n    steps:\n      - uses: ./.github/actions/own",
        "own beside",
    ),
    (writes_from_fixed_code_alone, CONTENTS, EVENTS, "one: a command of the tree"),
    (
        writes_from_fixed_code_alone,
        f"{CONTENTS}\n    steps:",
        f"{EVENTS}\n    steps:\n      - uses: {SCORECARD}",
        "by its tag, with a right to write",
    ),
    (ends_in_time, "    timeout-minutes: 5\n", "", "one: timeout-minutes"),
    (ends_in_time, "minutes: 5", "minutes: 360", "one: timeout-minutes"),
    (ends_in_time, "minutes: 5", "minutes: ${{ vars.A }}", "one: timeout-minutes"),
    (says_what_runs_at_once, "  cancel-in-progress: false\n", "", "concurrency does not"),
    (
        says_what_runs_at_once,
        "concurrency:\n  group: x\n  cancel-in-progress: false\n",
        "",
        "concurrency does not",
    ),
    (leaves_no_token_behind, "persist-credentials: false", "fetch-depth: 0", "a checkout without"),
    (leaves_no_token_behind, "persist-credentials: false", "persist-credentials: true", "without"),
    (
        leaves_no_token_behind,
        "persist-credentials: false",
        "persist-credentials: false\n          ref: x",
        "something else: ref",
    ),
    (runs_make_alone, "make test", "make test || true", "is not one make target"),
    (runs_make_alone, "make test", "make test; curl x", "is not one make target"),
    (runs_make_alone, "make test", "make -i test", "is not one make target"),
    (runs_make_alone, "make test", "make test OFFLINE=1", "is not one make target"),
    (
        runs_make_alone,
        "make test",
        "|\n          make test\n          make check",
        "is not one make",
    ),
    (runs_make_alone, "make test", "make nothing", "make nothing: there is no such target"),
    (runs_make_alone, "make test", "make test\n        shell: bash {0} || true", "another shell"),
    (runs_make_alone, "make test", "make test\n        working-directory: x", "another shell"),
    (
        puts_no_expression_into_a_command,
        "make test",
        "make test ${{ github.head_ref }}",
        "takes an outside value as code",
    ),
    (forgives_nothing, "make test", "make test\n        continue-on-error: true", "on-error: true"),
    (
        forgives_nothing,
        "make test",
        "make test\n        continue-on-error: ${{ 1 == 1 }}",
        "on-error",
    ),
    (forgives_nothing, "    steps:", "    continue-on-error: true\n    steps:", "on-error: true"),
    (weakens_nothing, "make test", "make test\n        env:\n          OFFLINE: 1", "env: OFFLINE"),
    (weakens_nothing, "make test", "make test\n        env: {ARGS: --offline}", "env: ARGS"),
    (weakens_nothing, "make test", "make gates\n        env: {ARGS: --since x}", "env: ARGS"),
    (weakens_nothing, "make test", "make test\n        env: {BASES: standin}", "env: BASES"),
    (weakens_nothing, "    steps:", "    env:\n      MAKEFLAGS: -i\n    steps:", "env: MAKEFLAGS"),
    (weakens_nothing, "jobs:", "env:\n  A: b\njobs:", "for all jobs"),
    (weakens_nothing, "jobs:", "defaults:\n  run:\n    shell: sh\njobs:", "for all jobs"),
    (runs_on_a_fixed_system, "ubuntu-24.04", "ubuntu-latest", "one: runs on ubuntu-latest"),
    (runs_on_a_fixed_system, "ubuntu-24.04", "self-hosted", "one: runs on self-hosted"),
    (
        skips_no_step_of_judgement,
        "make test",
        "make test\n        if: false",
        "if: false on a step",
    ),
    (
        skips_no_step_of_judgement,
        "make test",
        "make test\n        if: ${{ github.actor != 'x' }}",
        "on a step",
    ),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_workflow_keeps_to_every_rule(document, rule):
    assert list(rule(document)) == []


def test_the_workflows_are_found():
    assert {".github/workflows/ci.yml", ".github/workflows/scorecard.yml"} <= {
        document.name for document in DOCUMENTS
    }
    assert sum(len(document.uses) for document in DOCUMENTS) > 20


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_good_workflow_breaks_no_rule(rule):
    assert list(rule(parse(GOOD))) == []


@pytest.mark.parametrize(
    ("rule", "old", "new", "said"), TWINS, ids=[f"{twin[0].__name__}-{twin[3]}" for twin in TWINS]
)
def test_a_rule_finds_the_bad_twin(rule, old, new, said):
    assert GOOD.count(old) == 1
    found = list(rule(parse(GOOD.replace(old, new))))
    assert any(said in complaint for complaint in found), found


def test_every_rule_has_a_bad_twin():
    assert {twin[0] for twin in TWINS} == set(RULES)


@pytest.mark.parametrize("right", ["contents", "packages", "pull-requests", "actions"])
def test_a_pull_request_may_write_nothing_but_findings(right):
    steps = f"{CONTENTS}\n    steps:\n      - uses: {CHECKOUT}\n"
    text = GOOD.replace("  push:", "  pull_request:").replace(
        CONTENTS,
        f"{CONTENTS}\n      {right}: write".replace("contents: read\n      contents", "contents"),
    )
    assert steps not in text
    assert any(
        f"right to write {right}" in each for each in writes_from_fixed_code_alone(parse(text))
    )


def test_no_pull_request_starts_a_workflow_with_a_credential():
    text = GOOD.replace("  push:", "  pull_request:").replace(CONTENTS, ID_TOKEN)
    assert any("pull requests start" in each for each in keeps_credentials_apart(parse(text)))


ACTION = f"""
name: own
runs:
  using: composite
  steps:
    - uses: {CHECKOUT}
      with:
        persist-credentials: false
"""


def test_an_action_of_ours_is_looked_into(tmp_path):
    """What a workflow calls by its folder may hide what is not pinned."""
    folder = tmp_path / ".github" / "actions" / "own"
    folder.mkdir(parents=True)
    (folder / "action.yml").write_text(ACTION.replace(CHECKOUT, "actions/checkout@v7"), "utf-8")
    (document,) = documents(tmp_path)
    assert list(is_pinned(document)) == ["actions/checkout@v7: not pinned by commit"]
    assert list(is_pinned(parse(ACTION))) == []


def test_every_pinned_action_is_used():
    used = {use.value.partition("@")[0] for document in DOCUMENTS for use in document.uses}
    assert set(pins()) == {action for action in used if not action.startswith("./")}


def test_parts_of_one_action_are_of_one_commit():
    commits = {}
    for action, pin in pins().items():
        commits.setdefault("/".join(action.split("/")[:2]), set()).add((pin.sha, pin.version))
    assert {name for name, found in commits.items() if len(found) > 1} == set()
