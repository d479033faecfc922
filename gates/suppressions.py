"""`python -m gates.suppressions FILE...`: whoever silences a rule on a line names it and says why.

Files that tools read of their own accord, and that could silence much more, are findings unless
`gates.toml` hands them to the tool.
"""

import io
import json
import re
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import click

from gates import declaration
from gates.finding import Finding, Level
from gates.verdict import FINDINGS

GATE = "suppressions"
IDS = r"[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*"
NAMES = r"\[(?P<ids>[\w,\s-]+)\]"


@dataclass(frozen=True, slots=True)
class Directive:
    """A comment that silences a tool."""

    tool: str
    pattern: re.Pattern[str] = field(repr=False)
    """Its group `ids` are the rules; it has none where there is nothing to name."""
    forbidden: str = ""
    """Why nobody may use it."""


DIRECTIVES = (
    Directive("ruff", re.compile(rf"#\s*(?:ruff:\s*)?(?i:noqa)\b(?::\s*(?P<ids>{IDS}))?")),
    Directive("mypy", re.compile(rf"#\s*type:\s*ignore(?:{NAMES})?")),
    Directive("bandit", re.compile(rf"#\s*(?i:nosec)\b(?::?\s*(?P<ids>{IDS}))?")),
    Directive("coverage", re.compile(r"#\s*(?i:pragma):?\s*(?i:no)\s*(?i:cover|branch)")),
    Directive("checkov", re.compile(r"(?:checkov|bridgecrew|cortex):skip=(?P<ids>[A-Z]\w+)?:?")),
    Directive("zizmor", re.compile(rf"#\s*zizmor:\s*ignore(?:{NAMES})?")),
    Directive("hadolint", re.compile(rf"#\s*hadolint\s+(?:global\s+)?ignore=(?P<ids>{IDS})?")),
    Directive("shellcheck", re.compile(rf"#\s*shellcheck\s+disable=(?P<ids>{IDS})?")),
    Directive(
        "whole files",
        re.compile(
            r"#\s*(?:(?:ruff:(?!\s*(?i:noqa))|flake8:|mypy:|pylint:|isort:)\s*\S+|fmt:\s*off)"
        ),
        "it silences a whole file or block; write it on the line that needs it",
    ),
    Directive(
        "secrets",
        re.compile(r"gitleaks:allow|pragma:\s*(?:allow|white)list", re.IGNORECASE),
        "it hides a secret; take the secret out and revoke it",
    ),
)
COMMENT = re.compile(r"(?:^|\s)(?:#|//|/\*).*")
WORD = re.compile(r"[^\W\d_]+")
WORDS = 2
"""A reason has at least so many."""
CONFIGURATION = re.compile(
    r"\.gitleaksignore|\.?gitleaks\.toml|\.trivyignore(\.ya?ml)?|trivy(-secret)?\.ya?ml"
    r"|\.checkov\.(ya?ml|baseline)|\.bandit|bandit\.ya?ml|\.?hadolint\.ya?ml|zizmor\.ya?ml"
    r"|\.?shellcheckrc|actionlint\.ya?ml|\.?ruff\.toml|\.?mypy\.ini|setup\.cfg|\.flake8"
)
"""Names of files that tools look for by themselves."""


def comments(path: str, text: str) -> Iterator[tuple[int, str]]:
    """List line and text of each comment; in Python a text that looks like one is none."""
    if not path.endswith(".py"):
        for number, line in enumerate(text.splitlines(), 1):
            if match := COMMENT.search(line):
                yield number, match[0]
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def complaints(comment: str) -> Iterator[str]:
    """Say what is wrong with the directives of one comment; they may share their reason."""
    found = [(each, match) for each in DIRECTIVES for match in each.pattern.finditer(comment)]
    reason = comment
    for _, match in found:
        reason = reason.replace(match[0], " ")
    for each, match in found:
        if each.forbidden:
            yield each.forbidden
        elif "ids" in each.pattern.groupindex and not match["ids"]:
            yield f"it silences every rule of {each.tool}; name the rule"
    if found and len(WORD.findall(reason)) < WORDS:
        yield "it gives no reason; say why behind the rule"


def findings(root: Path, files: tuple[str, ...], declared: frozenset[str]) -> Iterator[Finding]:
    """Judge all files.

    Args:
        root: the project.
        files: relative to it.
        declared: all that `gates.toml` hands to tools.
    """
    for path in files:
        if CONFIGURATION.fullmatch(PurePosixPath(path).name) and path not in declared:
            yield _finding(
                "configuration-file", path, 0, "a tool reads it, and gates.toml does not say so"
            )
        try:
            for number, comment in comments(path, (root / path).read_text("utf-8")):
                for text in complaints(comment):
                    yield _finding("inline-suppression", path, number, text)
        except UnicodeDecodeError:
            # No tool reads a comment in it, either.
            continue
        except (tokenize.TokenError, SyntaxError) as exc:
            yield _finding("unreadable", path, 0, f"it is no Python: {exc}")


def _finding(rule: str, path: str, line: int, message: str) -> Finding:
    return Finding(
        gate=GATE,
        rule=rule,
        level=Level.ERROR,
        path=path,
        line=line,
        message=message,
        fix="docs/gates.md",
    )


@click.command()
@click.argument("files", nargs=-1, required=True)
def main(files: tuple[str, ...]) -> None:
    """Judge FILES, relative to where this runs."""
    gates = declaration.read().values()
    arguments = [each for gate in gates for each in gate.command]
    declared = frozenset(re.sub(r"^.*\{(?:home|root)\}/", "", each) for each in arguments)
    found = [each.as_dict() for each in findings(Path(), files, declared)]
    click.echo(json.dumps({"scanned": len(files), "findings": found}))
    sys.exit(FINDINGS if found else 0)


if __name__ == "__main__":
    main(prog_name="gates.suppressions")
