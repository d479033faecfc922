"""What every workflow must keep to. A rule names each place that does not."""

import re
from collections.abc import Callable, Iterator

from tests.github.documents import Document, pins, targets

Rule = Callable[[Document], Iterator[str]]
STARTS = frozenset(
    {
        *("branch_protection_rule", "merge_group", "pull_request", "push", "schedule"),
        *("workflow_call", "workflow_dispatch"),
    }
)
"""Events whose code is the repository's own, or which get no secret and a token that only reads."""
MOST_MINUTES = 60
RUNNERS = frozenset({"ubuntu-24.04"})
WITH_CREDENTIALS = frozenset(
    {
        *("deployed", "drift", "drift-issue", "posture", "publish-source"),
        *("release-apply", "release-attest", "release-decide"),
        *("release-plan", "release-push", "release-sign", "release-step", "release-verify"),
        *("sign-source", "smoke"),
    }
)
"""The make targets that a job with a credential may run: none builds, tests or scans.

They install what is pinned by hash alone: the wheels of the release, programs of the toolchain."""
WRITERS = frozenset({"drift-issue", "publish-source"})
"""Of those, what needs a right to write in the repository itself."""
ALONE = frozenset({"artifact", "checkout", "credential", "program", "report"})
"""What actions beside a credential may do."""
WEAKENING = frozenset(
    {
        "BASES",
        "CANARY_MINUTE_S",
        "IMAGES",
        "MAKEFILES",
        "MAKEFLAGS",
        "OFFLINE",
        "PROVIDER",
        "PYTHON",
        "SIGSTORE_ISSUER",
        "SIGSTORE_SIGNING_CONFIG",
        "SIGSTORE_TRUSTED_ROOT",
        "SINCE",
        "TERRAFORM",
    }
)
"""Variables by which a make target does less than at full strength."""


def starts_from_no_permission(document: Document) -> Iterator[str]:
    if document.is_workflow and document.tree.get("permissions") != {}:
        yield "the workflow does not start from `permissions: {}`"


def names_each_permission(document: Document) -> Iterator[str]:
    for name, job in document.jobs.items():
        granted = job.get("permissions")
        if not isinstance(granted, dict) or not granted:
            yield f"{name}: its permissions are not named one by one"


def is_pinned(document: Document) -> Iterator[str]:
    """By commit, with the version that the table knows it by."""
    known = pins()
    for use in document.uses:
        action, _, reference = use.value.partition("@")
        if use.value.startswith(("./.github/", "docker://")):
            continue
        if not re.fullmatch(r"[0-9a-f]{40}", reference):
            yield f"{use.value}: not pinned by commit"
        elif action not in known:
            yield f"{action}: not in policies/actions.toml"
        elif (reference, use.comment) != (known[action].sha, known[action].version):
            yield f"{use.value} # {use.comment}: policies/actions.toml has another"


def names_images_by_digest(document: Document) -> Iterator[str]:
    images = [use.value for use in document.uses if use.value.startswith("docker://")]
    for place in document.mappings():
        images += [place[key] for key in ("image", "container") if isinstance(place.get(key), str)]
    for image in images:
        if not re.search(r"@sha256:[0-9a-f]{64}$", image):
            yield f"{image}: an image without its digest"


def starts_safely(document: Document) -> Iterator[str]:
    if document.is_workflow and not document.triggers:
        yield "nothing starts it"
    for event in sorted(set(document.triggers) - STARTS):
        yield f"{event}: it would run a stranger's words or code with our rights"


def keeps_credentials_apart(document: Document) -> Iterator[str]:
    """Whoever can take a token runs nothing that somebody else can change."""
    known = pins()
    for name, job in document.jobs.items():
        if not _holds_credential(job):
            continue
        if "pull_request" in document.triggers:
            yield f"{name}: a credential in a workflow that pull requests start"
        for step in job.get("steps", []):
            action = step.get("uses", "").partition("@")[0]
            if action and (action not in known or known[action].does not in ALONE):
                yield f"{name}: {action} beside a credential"
            for target in set(_targets(step)) - WITH_CREDENTIALS:
                yield f"{name}: make {target} beside a credential"


def writes_from_fixed_code_alone(document: Document) -> Iterator[str]:
    """A job with a right to write runs WRITERS alone of the tree, and no action that may change."""
    known = pins()
    for name, job in document.jobs.items():
        granted = job.get("permissions")
        if not isinstance(granted, dict) or "write" not in granted.values():
            continue
        if "pull_request" in document.triggers and set(_writes(job)) != {"security-events"}:
            yield f"{name}: a pull request gets the right to write {', '.join(_writes(job))}"
        for step in job.get("steps", []):
            action = step.get("uses", "").partition("@")[0]
            if action in known and known[action].inside:
                yield f"{name}: {action} runs {known[action].inside}, with a right to write"
            may_write = set(_writes(job)) - {"id-token"}
            if "run" in step and may_write and set(_targets(step)) - WRITERS:
                yield f"{name}: a command of the tree with a right to write"


def ends_in_time(document: Document) -> Iterator[str]:
    for name, job in document.jobs.items():
        minutes = job.get("timeout-minutes", "")
        if "uses" not in job and not (minutes.isdigit() and 0 < int(minutes) <= MOST_MINUTES):
            yield f"{name}: timeout-minutes is not 1 to {MOST_MINUTES}"


def says_what_runs_at_once(document: Document) -> Iterator[str]:
    concurrency = document.tree.get("concurrency", {})
    if document.is_workflow and set(concurrency) != {"group", "cancel-in-progress"}:
        yield "concurrency does not name its group and whether the older run is cancelled"


def leaves_no_token_behind(document: Document) -> Iterator[str]:
    for step in document.steps():
        if step.get("uses", "").startswith("actions/checkout@"):
            given = step.get("with", {})
            if given.get("persist-credentials") != "false":
                yield "a checkout without `persist-credentials: false`"
            for key in {"ref", "repository", "allow-unsafe-pr-checkout", "token"} & set(given):
                yield f"a checkout of something else: {key}"


def runs_make_alone(document: Document) -> Iterator[str]:
    """Logic is in the tree, with tests; a workflow says when it runs."""
    if not document.is_workflow:
        return
    known = targets()
    for step in document.steps():
        if "run" not in step:
            continue
        if not re.fullmatch(r"make [a-z][a-z-]*\n?", step["run"]):
            yield f"run: {step['run']!r} is not one make target"
        elif unknown := set(_targets(step)) - known:
            yield f"make {unknown.pop()}: there is no such target"
        if set(step) & {"shell", "working-directory"}:
            yield f"run: {step['run']!r} in another shell or folder"


def puts_no_expression_into_a_command(document: Document) -> Iterator[str]:
    for step in document.steps():
        if "${{" in step.get("run", ""):
            yield f"run: {step['run']!r} takes an outside value as code"


def forgives_nothing(document: Document) -> Iterator[str]:
    for place in document.mappings():
        if "continue-on-error" in place:
            yield f"continue-on-error: {place['continue-on-error']}"


def weakens_nothing(document: Document) -> Iterator[str]:
    for place in document.mappings():
        env = place.get("env")
        for name in sorted(WEAKENING & set(env if isinstance(env, dict) else {})):
            yield f"env: {name} makes a target do less"
        arguments = env.get("ARGS", "") if isinstance(env, dict) else ""
        # There it adds what a change touched to what is looked at anyway.
        since = "" if place.get("run") == "make mutate" else "|--since"
        if re.search(f"--offline{since}", arguments):
            yield f"env: ARGS: {arguments} makes a target do less"
    if {"env", "defaults"} & set(document.tree):
        yield "env or defaults for all jobs: name them where they are used"


def runs_on_a_fixed_system(document: Document) -> Iterator[str]:
    for name, job in document.jobs.items():
        if "uses" not in job and job.get("runs-on") not in RUNNERS:
            yield f"{name}: runs on {job.get('runs-on')}"


def skips_no_step_of_judgement(document: Document) -> Iterator[str]:
    """A step may run in spite of a failure before it, and never instead of one."""
    for step in document.steps():
        condition = step.get("if", "")
        if condition and condition != "${{ !cancelled() }}":
            yield f"if: {condition} on a step"


RULES: tuple[Rule, ...] = (
    starts_from_no_permission,
    names_each_permission,
    is_pinned,
    names_images_by_digest,
    starts_safely,
    keeps_credentials_apart,
    writes_from_fixed_code_alone,
    ends_in_time,
    says_what_runs_at_once,
    leaves_no_token_behind,
    runs_make_alone,
    puts_no_expression_into_a_command,
    forgives_nothing,
    weakens_nothing,
    runs_on_a_fixed_system,
    skips_no_step_of_judgement,
)


def _holds_credential(job: dict) -> bool:
    granted = job.get("permissions")
    can_sign = granted == "write-all" or (isinstance(granted, dict) and "id-token" in granted)
    return can_sign or "environment" in job or "secrets" in job or "secrets." in str(job)


def _writes(job: dict) -> list[str]:
    return sorted(name for name, right in job["permissions"].items() if right == "write")


def _targets(step: dict) -> list[str]:
    return step["run"].split()[1:] if step.get("run", "").startswith("make ") else []
