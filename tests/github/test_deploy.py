"""The release's workflows: one order, one identity a job, one door for people, one way back."""

import itertools
import re

import pytest

from access.identities import table
from deploy.jobs.pipeline import MOVES
from local.layout import ROOT
from tests.github.documents import documents, parse

FOLDER = ".github/workflows/"
BY_NAME = {document.name.removeprefix(FOLDER): document for document in documents()}
TEXT = (ROOT / FOLDER / "deploy.yml").read_text("utf-8")
AUTH = "google-github-actions/auth"
SIGNS_THE_TEMPLATE = ("release-template.yml", "sign")
SHARES = ("5", "25", "50", "100")
ORDER = {
    "build": set(),
    "sign": {"build"},
    "verify": {"build", "sign"},
    "attest": {"build", "verify"},
    "plan": {"build", "attest"},
    "apply": {"plan"},
    "smoke": {"apply"},
    "step-5": {"plan", "smoke"},
    **{f"step-{more}": {"plan", f"canary-{less}"} for less, more in itertools.pairwise(SHARES)},
    **{f"canary-{share}": {"plan", f"step-{share}"} for share in SHARES},
    **{f"traffic-{share}": {"apply", f"step-{share}"} for share in SHARES},
    "finish": {"plan", "canary-100"},
    "back": {
        *("plan", "apply", "smoke", "finish"),
        *(f"{kind}-{share}" for share in SHARES for kind in ("step", "canary")),
    },
}
"""What each job waits for. A candidate gets more only after the decision about what it had."""
CONDITIONS = {
    "apply": "${{ needs.plan.outputs.changes == 'true' }}",
    "smoke": "${{ needs.apply.outputs.url != '' }}",
    "step-5": "${{ needs.plan.outputs.moves == 'true' }}",
    "back": "${{ always() && needs.plan.outputs.moves == 'true' && needs.apply.result != 'skipped'"
    " && needs.finish.result != 'success' }}",
}
APPROVED = {
    "record": "${{ needs.plan.outputs.record }}",
    "digest": "${{ needs.plan.outputs.digest }}",
}

SMOKED = {
    key: f"${{{{ needs.apply.outputs.{key} }}}}" for key in ("url", "service", "audience", "topic")
}
"""What is tried is the candidate, at its own address."""
TOKEN = {"GOOGLE_OAUTH_ACCESS_TOKEN": "${{ steps.auth.outputs.access_token }}"}
REVIEWED = {"RELEASE_RECORD": "${{ inputs.record }}", "RELEASE_DIGEST": "${{ inputs.digest }}"}
BUILT = {"RELEASE_IMAGES": "${{ inputs.images }}", "REGISTRY": "${{ vars.IMAGES }}"}
STATE = {"PROJECT_ID": "${{ vars.PROJECT_ID }}", "STATE_BUCKET": "${{ vars.STATE_BUCKET }}"}
PLANS = {"PLANS_BUCKET": "${{ vars.PLANS_BUCKET }}"}
RUN = {"GITHUB_TOKEN": "${{ github.token }}", "CHECK_RUN_ID": "${{ job.check_run_id }}"}
BESIDE = {"ATTESTATIONS": "${{ vars.ATTESTATIONS }}"}
DOES = {
    "push": ("release-push", TOKEN | {"REGISTRY": "${{ vars.IMAGES }}"}),
    "sign": ("release-sign", TOKEN | BUILT | BESIDE),
    "verify": ("release-verify", TOKEN | BUILT | BESIDE),
    "attest": (
        "release-attest",
        TOKEN
        | BUILT
        | {"ATTESTOR": "${{ vars.ATTESTOR }}", "ATTESTATION_KEY": "${{ vars.ATTESTATION_KEY }}"},
    ),
    "plan": ("release-plan", TOKEN | BUILT | PLANS | STATE),
    "apply": ("release-apply", TOKEN | RUN | REVIEWED | PLANS | STATE),
    "smoke": (
        "smoke",
        TOKEN
        | {"SMOKE_ID_TOKEN": "${{ steps.caller.outputs.id_token }}"}
        | {
            key.upper(): f"${{{{ inputs.{key} }}}}"
            for key in ("url", "service", "topic", "minutes")
        },
    ),
    "rollout": (
        "release-step",
        TOKEN | RUN | REVIEWED | STATE | {"RELEASE_STEP": "${{ inputs.step }}"},
    ),
    "canary": (
        "release-decide",
        TOKEN
        | REVIEWED
        | {
            "PROJECT_ID": "${{ vars.PROJECT_ID }}",
            "RELEASE_STEP": "${{ inputs.step }}",
            "RELEASE_BEGAN": "${{ inputs.began }}",
        },
    ),
    "posture": ("posture", TOKEN),
    "deployed": ("deployed", TOKEN | {"PROJECT_ID": "${{ vars.PROJECT_ID }}"}),
    "drift": ("drift", TOKEN | STATE),
}
"""What the job of each identity does, and all that it is told."""


def complaints(document):
    """All by which a commit could be deployed otherwise."""
    if document.triggers != {"push": {"branches": ["main"]}}:
        yield f"it is started by {document.triggers}"
    if document.tree.get("concurrency") != {"group": "deploy", "cancel-in-progress": "false"}:
        yield "two releases at once, or one that is cut off by the next"
    if document.jobs.keys() != ORDER.keys():
        yield f"jobs differ: {sorted(document.jobs.keys() ^ ORDER.keys())}"
    for name, job in document.jobs.items():
        if set(job.get("needs", [])) != ORDER.get(name):
            yield f"{name}: it waits for {job.get('needs')}"
        if job.get("if") != CONDITIONS.get(name):
            yield f"{name}: its condition is {job.get('if')}"
        if not job.get("uses", "").startswith(f"./{FOLDER}"):
            yield f"{name}: a job of its own, whose identity would be this workflow's"
        if job["permissions"] != needed(job):
            yield f"{name}: it grants {job['permissions']}"
        yield from _given(name, job)


def needed(call):
    """What the jobs of the called workflow ask for; more would be there for a later change."""
    called = BY_NAME[call["uses"].rpartition("/")[2]]
    return {what: how for job in called.jobs.values() for what, how in job["permissions"].items()}


def _given(name, job):
    given = job.get("with", {})
    kind, _, share = name.partition("-")
    wanted = {"step": "rollout", "traffic": "smoke", "finish": "rollout", "back": "rollout"}
    if job["uses"].rpartition("/")[2] != f"{wanted.get(kind, kind)}.yml":
        yield f"{name}: it calls {job['uses']}"
    if given.get("step", name) != (share or name):
        yield f"{name}: it is told the step {given['step']}"
    if {"record", "digest"} & given.keys() and APPROVED.items() - given.items():
        yield f"{name}: another record than the one that was approved"
    if kind == "canary" and given["began"] != f"${{{{ needs.step-{share}.outputs.began }}}}":
        yield f"{name}: it looks at another time than the step's"
    wanted = SMOKED if kind in {"smoke", "traffic"} else {}
    for key, output in wanted.items():
        if kind == "traffic" and key == "topic":
            output = ""  # noqa: PLW2901 - nobody publishes while traffic is counted
        if given[key] != output:
            yield f"{name}: {key} is {given[key]!r}"
    if (
        given.get("images", "${{ needs.build.outputs.images }}")
        != "${{ needs.build.outputs.images }}"
    ):
        yield f"{name}: other images than those that were built"


TWINS = [
    ("branches: [main]", "branches: [main, x]", "it is started by"),
    ("  push:\n    branches: [main]", "  workflow_dispatch:", "it is started by"),
    ("cancel-in-progress: false", "cancel-in-progress: true", "cut off"),
    ("needs: [build, sign]", "needs: [build]", "verify: it waits for"),
    ("needs: [build, attest]", "needs: [build]", "plan: it waits for"),
    ("needs: [plan, smoke]", "needs: [plan, apply]", "step-5: it waits for"),
    ("needs: [plan, canary-5]", "needs: [plan, step-5]", "step-25: it waits for"),
    ("needs: [plan, canary-100]", "needs: [plan, step-100]", "finish: it waits for"),
    ("canary-100, finish]", "canary-100]", "back: it waits for"),
    ("always() && needs", "failure() && needs", "back: its condition"),
    ("${{ needs.plan.outputs.changes == 'true' }}", "true", "apply: its condition"),
    ("      step: back\n", "      step: finish\n", "back: it is told the step finish"),
    ("      step: finish\n", "      step: back\n", "finish: it is told the step back"),
    ("needs.step-25.outputs.began", "needs.step-5.outputs.began", "canary-25: it looks at another"),
    ("workflows/apply.yml", "workflows/rollout.yml", "apply: it calls"),
]  # fmt: skip


def test_a_commit_is_deployed_in_this_order_and_no_other():
    assert list(complaints(parse(TEXT))) == []


@pytest.mark.parametrize(("old", "new", "said"), TWINS, ids=[f"{new!r}" for _, new, _ in TWINS])
def test_another_order_is_found(old, new, said):
    assert TEXT.count(old) == 1
    found = list(complaints(parse(TEXT.replace(old, new))))
    assert any(said in each for each in found), found


@pytest.mark.parametrize("name", ORDER)
@pytest.mark.parametrize("more", [{"contents": "write"}, {"actions": "write"}, {"issues": "read"}])
def test_a_right_that_the_called_job_does_not_need_is_found(name, more):
    document = parse(TEXT)
    document.jobs[name]["permissions"].update(more)
    (found,) = complaints(document)
    assert found.startswith(f"{name}: it grants ")


@pytest.mark.parametrize("key", SMOKED)
def test_a_smoke_test_of_something_else_is_found(key):
    """Of the revision that serves already, for example."""
    told = f"      {key}: ${{{{ needs.apply.outputs.{key} }}}}"
    assert told in TEXT
    found = list(complaints(parse(TEXT.replace(told, f"      {key}: elsewhere"))))
    assert f"smoke: {key} is 'elsewhere'" in found


def test_every_step_of_the_workflow_is_one_that_the_code_knows():
    told = {job["with"]["step"] for job in parse(TEXT).jobs.values() if "rollout" in job["uses"]}
    assert told == set(MOVES)


def identified():
    """Each job that may ask for a token, with its workflow."""
    for name, document in BY_NAME.items():
        for job, told in document.jobs.items():
            if "steps" in told and told["permissions"].get("id-token"):
                yield name, job, told


def test_each_identity_has_its_one_job_and_nobody_else_a_token():
    """By the workflow's file and the environment, as terraform/bootstrap/identities.tf binds it."""
    wanted = {
        (told["workflow"], told["environment"], f"release-{name}")
        for name, told in table()["jobs"].items()
    }
    found = [
        (workflow, told["environment"], account)
        for workflow, job, told in identified()
        if (workflow, job) != SIGNS_THE_TEMPLATE
        for account in accounts(told)
    ]
    assert set(found) == wanted
    assert len({workflow for workflow, *_ in found}) == len(wanted)


def undone(job, name):
    """All by which a job of an identity would do something else, or nothing."""
    target, told = DOES[name]
    runs = [step for step in job["steps"] if "run" in step]
    if [step["run"] for step in runs] != [f"make {target}"]:
        yield f"{name}: it does {[step['run'] for step in runs]}"
    for step in runs:
        if step.get("env", {}) != told:
            yield f"{name}: it is told {step.get('env')}"
    if any("if" in step or "continue-on-error" in step for step in job["steps"]):
        yield f"{name}: a step may be left out"


def test_each_identity_does_its_one_thing():
    doing = {(name, job): told for name, job, told in identified()}
    del doing[SIGNS_THE_TEMPLATE]
    assert {job for _, job in doing} == DOES.keys()
    for (_, name), job in doing.items():
        assert list(undone(job, name)) == []


@pytest.mark.parametrize("name", DOES)
def test_a_job_that_does_nothing_or_is_told_otherwise_is_found(name):
    (job,) = (
        told
        for workflow, each, told in identified()
        if each == name and (workflow, each) != SIGNS_THE_TEMPLATE
    )
    (run,) = (step for step in job["steps"] if "run" in step)
    others = [step for step in job["steps"] if step is not run]
    assert list(undone({"steps": others}, name))
    assert list(undone({"steps": [*others, {**run, "if": "false"}]}, name))
    for key in run["env"]:
        less = {each: value for each, value in run["env"].items() if each != key}
        assert list(undone({"steps": [*others, {**run, "env": less}]}, name)), key
    assert list(undone({"steps": [*others, {**run, "env": {**run["env"], "MORE": "x"}}]}, name))


def test_the_way_back_runs_in_a_run_that_was_cancelled():
    """The caller's condition is not enough: GitHub asks the called job for its own."""
    (job,) = BY_NAME["rollout.yml"].jobs.values()
    assert job["if"] == "${{ success() || inputs.step == 'back' }}"


def accounts(job):
    """Whom a job becomes: one account, however often it asks."""
    return {
        step["with"]["service_account"].partition("@")[0]
        for step in job["steps"]
        if step.get("uses", "").startswith(AUTH)
    }


@pytest.mark.parametrize("workflow", sorted(BY_NAME))
def test_a_credential_is_a_token_in_one_step_and_no_file(workflow):
    for step in BY_NAME[workflow].steps():
        if step.get("uses", "").startswith(AUTH):
            given = step["with"]
            assert (
                given["create_credentials_file"] == given["export_environment_variables"] == "false"
            )
            assert given["token_format"] in {"access_token", "id_token"}


def test_people_guard_one_door():
    """The environment that has reviewers; a second job behind it would ask them twice."""
    behind = [
        (workflow, job)
        for workflow, document in BY_NAME.items()
        for job, told in document.jobs.items()
        if told.get("environment") == "production"
    ]
    assert behind == [("apply.yml", "apply")]


def test_what_is_called_is_called_by_the_release_alone():
    called = {job["uses"].rpartition("/")[2] for job in parse(TEXT).jobs.values()}
    for name in called:
        assert set(BY_NAME[name].triggers) == {"workflow_call"}, name
    for name, document in BY_NAME.items():
        uses = {use.value for use in document.uses if use.value.startswith("./")}
        assert not uses or name == "deploy.yml"


def test_the_job_that_builds_has_nothing_to_lose():
    job = BY_NAME["build.yml"].jobs["images"]
    assert job["permissions"] == {"contents": "read"}
    assert "environment" not in job


def test_bootstrap_gives_each_variable_that_a_workflow_reads_and_no_other():
    outputs = (ROOT / "terraform/bootstrap/outputs.tf").read_text("utf-8")
    block = re.search(r'^output "github" {$.*?^}$', outputs, re.MULTILINE | re.DOTALL)
    given = re.findall(r"^ {4}(\w+) +=", block[0], re.MULTILINE)
    texts = [path.read_text("utf-8") for path in (ROOT / FOLDER).glob("*.yml")]
    assert set(given) == {name for text in texts for name in re.findall(r"\bvars\.(\w+)", text)}
