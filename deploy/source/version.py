"""Which version a tree is: the newest section of its changelog, and nothing else."""

import re
import tomllib

from deploy.reference import RefusedError

CHANGELOG, SETTINGS = "CHANGELOG.md", "pyproject.toml"
SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
NUMBERED = re.compile(r"((?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)) - \d{4}-\d{2}-\d{2}")


def version(changelog: str, settings: str) -> str:
    """Read the version that a tree releases.

    Args:
        changelog: the text of CHANGELOG.md, newest section first.
        settings: the text of pyproject.toml, which says the version to packaging tools.

    Raises:
        RefusedError: the newest section is no version with its day, or the two differ.
    """
    found = SECTION.search(changelog)
    newest = found[1].strip() if found else "nothing"
    numbered = NUMBERED.fullmatch(newest)
    if numbered is None:
        raise RefusedError(
            f"{CHANGELOG} begins with {newest!r}: give what is released a heading such as "
            "`## 1.2.3 - 2026-12-31`"
        )
    said = tomllib.loads(settings).get("project", {}).get("version")
    if said != numbered[1]:
        raise RefusedError(f"{CHANGELOG} says {numbered[1]} and {SETTINGS} says {said}")
    return numbered[1]
