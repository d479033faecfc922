"""Somebody has to approve a change of whatever judges, builds, admits or grants."""

import re
import subprocess

import pytest

from local.layout import ROOT

TEXT = (ROOT / ".github" / "CODEOWNERS").read_text("utf-8")
NAMED = {
    *(".github/", ".ci/", ".pre-commit-config.yaml", "Dockerfile", "Makefile", "SECURITY.md"),
    *("access/", "app/", "conftest.py", "deploy/", "function/", "gates/", "images/", "mutation/"),
    *(
        "monitoring/",
        "policies/",
        "pyproject.toml",
        "recovery/",
        "rehearsal/",
        "requirements/",
        "schema/",
    ),
    *("servicekit/", "terraform/", "tests/", "toolchain/"),
}
"""What a line of its own must name, so that nobody loosens it together with the rest."""


def complaints(text):
    lines = [line.split() for line in text.splitlines() if line and line[0] != "#"]
    patterns = [words[0] for words in lines]
    if patterns[:1] != ["*"]:
        yield "not everything has an owner: begin with *"
    for pattern, *owners in lines:
        if not owners or not all(re.fullmatch(r"@[\w-]+/[\w-]+", owner) for owner in owners):
            yield f"{pattern}: owned by no team"
        if pattern != "*" and not (ROOT / pattern.strip("/")).exists():
            yield f"{pattern}: there is no such file"
    for name in sorted(NAMED - {pattern.removeprefix("/") for pattern in patterns}):
        yield f"{name}: not named"


def test_every_path_that_decides_is_owned():
    assert list(complaints(TEXT)) == []


@pytest.mark.parametrize(
    ("pattern", "old", "new", "said"),
    [
        ("all", r"(?m)^\*.*\n", "", "not everything"),
        ("none", r"(?m)^(/gates/).*$", r"\1", "/gates/: owned by no team"),
        ("person", r"(?m)^(/gates/ +).*$", r"\1somebody@example.com", "/gates/: owned by no team"),
        ("gone", r"/gates/", "/gate/", "/gate/: there is no such"),
        ("missing", r"(?m)^/\.github/.*\n", "", ".github/: not named"),
    ],
)
def test_a_hole_in_the_ownership_is_found(pattern, old, new, said):
    assert re.search(old, TEXT), pattern
    found = list(complaints(re.sub(old, new, TEXT)))
    assert any(said in each for each in found), found


def test_the_ruleset_is_not_applied_while_nobody_real_owns_anything(tmp_path):
    """GitHub asks no owner that it does not know, and lets the change through."""
    ended = make_ruleset(tmp_path, TEXT)
    assert ended.returncode == 2
    assert "put your own team into .github/CODEOWNERS first" in ended.stdout
    assert not (tmp_path / "called").exists()


def test_the_ruleset_goes_to_the_repository_that_is_named(tmp_path):
    ended = make_ruleset(tmp_path, TEXT.replace("@example-org/", "@acme/"))
    assert ended.returncode == 0, ended.stderr
    called = (tmp_path / "called").read_text("utf-8").splitlines()
    assert called == [
        word
        for name in ("main", "tags")
        for word in (
            *("api", "--method", "POST", "repos/acme/pipeline $(touch pwned)/rulesets"),
            *("--input", f".github/rulesets/{name}.json"),
        )
    ]
    assert not (tmp_path / "pwned").exists()


def make_ruleset(folder, owners):
    """Run the real target in a tree of its own, with a `gh` that writes down what it is asked."""
    (folder / ".github").mkdir()
    (folder / ".github" / "CODEOWNERS").write_text(owners, "utf-8")
    (folder / "Makefile").write_text((ROOT / "Makefile").read_text("utf-8"), "utf-8")
    (folder / "gh").write_text('#!/bin/sh\nprintf "%s\\n" "$@" >> called\n', "utf-8")
    (folder / "gh").chmod(0o755)
    return subprocess.run(
        ["make", "ruleset", "REPOSITORY=acme/pipeline $(touch pwned)"],
        cwd=folder,
        env={"PATH": f"{folder}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
