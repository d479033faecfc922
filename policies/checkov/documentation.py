# ruff: noqa: INP001, T201 - see sources.py; it prints docs/policies.md
"""Prints docs/policies.md from the policies: `python policies/checkov/documentation.py`."""

import ast
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
HEAD = """# Our own policies

Checkov runs them beside its own rules (`make gates ARGS=checkov`). Each is one rule in one file of
`policies/checkov/`, with cases in `tests/policies/cases/` that the real scanner judges. A policy
passes and fails on evidence alone: of a variable without a value, of a conditional or of a dynamic
block over an unknown list it knows nothing, and says nothing. A policy that breaks off fails.

This file is made by `python policies/checkov/documentation.py > docs/policies.md`.

## What Checkov does by itself, and why these are here

- It fills values in and guesses where it cannot know: a rule is shown None for a condition in CEL,
  one side of a conditional, and the first element of a list as a dynamic block's content. Ours read
  the file as it is written.
- Its framework `github_actions` passes over a workflow that its own schema refuses, without a word
  (`attestations: write` is enough), and over every composite action. Ours run in the other, `yaml`.
- The framework `yaml` passes over hidden folders, and so over `.github`, unless
  `CKV_IGNORE_HIDDEN_DIRECTORIES` is `false`.
- A policy that raises is to it one that knows nothing.
"""


def main() -> None:
    """Print the whole file."""
    print(HEAD)
    for folder, title in (("terraform", "Terraform"), ("workflows", "Workflows and actions")):
        print(f"## {title}\n\n| Policy | What has to be so | What to do |\n|---|---|---|")
        for path in sorted((HERE / folder).glob("[!_]*.py")):
            rule, fix = list(read_texts(path))
            print(f"| `HDP_{path.stem.upper()}` | {escape(rule)} | {escape(fix)} |")
        print()


def read_texts(path: Path) -> Iterator[str]:
    """The policy's rule and fix: arguments of its declaration, or the constants RULE and FIX."""
    for node in ast.parse(path.read_text("utf-8")).body:
        match node:
            case ast.Assign(value=ast.Constant(value=str() as text), targets=[ast.Name(id=name)]):
                if name in {"RULE", "FIX"}:
                    yield text
            case ast.Assign(value=ast.Call(args=[_, ast.Constant(rule), ast.Constant(fix), *_])):
                yield str(rule)
                yield str(fix)


def escape(text: str) -> str:
    """Keep a bar from ending the table's cell."""
    return text.replace("|", "\\|")


if __name__ == "__main__":
    main()
