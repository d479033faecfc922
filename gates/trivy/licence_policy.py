"""Which licences may be shipped, and for which package another one may."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from gates.trivy.report import GateError

ALLOWABLE = frozenset({"reciprocal", "notice", "permissive", "unencumbered"})
NEVER = frozenset({"forbidden", "restricted", "unknown"})
"""Trivy's categories: https://trivy.dev/docs/latest/guide/scanner/license/"""


NONE_OF = "is none of " + ", ".join(sorted(ALLOWABLE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """A licence that is accepted for one package."""

    package: str
    """As PEP 503 writes it."""
    licence: str
    """As Trivy calls it; `none declared` where it has none."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The category of a licence that Trivy knows none for."""

    licence: str
    """As Trivy calls it."""
    category: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What may be shipped."""

    allowed: frozenset[str]
    placements: tuple[Placement, ...]
    exemptions: tuple[Exemption, ...]


def read(path: Path) -> Policy:
    """Read the policy; `GateError` names all complaints at once."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
        allowed = frozenset(document.pop("allowed"))
        exemptions = document.pop("exemption", [])
        placements = document.pop("placement", [])
    except (OSError, ValueError, LookupError, TypeError) as exc:
        raise GateError(f"{path} cannot be read ({exc!r}); mend it") from exc
    wrong = [f"{key} is unknown" for key in document]
    wrong += [f"allowed: {each} {NONE_OF}" for each in sorted(map(str, allowed - ALLOWABLE))]
    wrong += _complaints("exemption", exemptions, Exemption)
    wrong += _complaints("placement", placements, Placement)
    if wrong or not allowed:
        raise GateError(f"{path}: " + ("; ".join(wrong) or "allowed is empty"))
    policy = Policy(
        allowed=allowed,
        placements=tuple(Placement(**each) for each in placements),
        exemptions=tuple(
            Exemption(**each | {"package": canonicalize_name(each["package"])})
            for each in exemptions
        ),
    )
    names = [each.licence for each in policy.placements]
    pairs = [(each.package, each.licence) for each in policy.exemptions]
    if len({*names}) < len(names) or len({*pairs}) < len(pairs):
        raise GateError(f"{path} says something twice; remove one")
    return policy


def _complaints(name: str, tables: Any, kind: type) -> list[str]:
    """Say all that is wrong with the tables of one name."""
    if not isinstance(tables, list):
        return [f"{name} is no list of tables; write [[{name}]]"]
    known = {each.name for each in fields(kind)}
    wrong = []
    for number, table in enumerate(tables, 1):
        values = table if isinstance(table, Mapping) else {}
        texts = {key: text for key, text in values.items() if isinstance(text, str)}
        complaints = [f"{key} is unknown" for key in sorted(values.keys() - known)]
        complaints += [
            f"{key} is no text" for key in sorted(known) if not texts.get(key, "").strip()
        ]
        if texts.get("category", "notice") not in ALLOWABLE:
            complaints.append(f"category {NONE_OF}")
        wrong += [f"{name} {number}: {text}" for text in complaints]
    return wrong
