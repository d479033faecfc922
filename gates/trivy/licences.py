"""The licences of the packages that the images hold, as Trivy reads them from what is installed.

A package is judged by what its METADATA declares: by the mildest of an expression with OR, since
whoever ships it may choose, and by each of several classifiers, since they do not say OR.
"""

import sysconfig
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from gates.trivy import locks
from gates.trivy.licence_policy import Policy
from gates.trivy.locks import Locked
from gates.trivy.report import Finding, GateError, Report
from gates.trivy.scanner import Trivy

LOCKS = ("requirements/api.txt", "requirements/function.txt", "requirements/traces.txt")
"""What the images hold, or hold where there are traces; other packages are never shipped."""
POLICY = "policies/licences.toml"
INSTALLED = Path(sysconfig.get_paths()["purelib"])
NONE_DECLARED, UNKNOWN = "none declared", "unknown"
SEVERITIES = {"forbidden": "CRITICAL", "restricted": "HIGH", "reciprocal": "MEDIUM"}


@dataclass(frozen=True, slots=True)
class Licence:
    """One that a package declares."""

    name: str
    category: str
    is_placed: bool = False
    """Whether the category is our policy's, not Trivy's."""


def scan(trivy: Trivy, folder: Path, policy: Policy, packages: Path = INSTALLED) -> Report:
    """Judge the licences of each locked package.

    Args:
        trivy: the scanner.
        folder: the project, with its locks.
        policy: what may be shipped.
        packages: where they are installed.

    Raises:
        GateError: a package is not installed as locked, or Trivy did not see it.
    """
    started = datetime.now(UTC)
    lines = [line for name in LOCKS for line in locks.read(folder / name, name)]
    wanted = {line.name: line for line in reversed(lines) if line.is_ours}
    if not wanted:
        raise GateError(f"{' and '.join(LOCKS)} name no package, so a pass would prove nothing")
    with tempfile.TemporaryDirectory() as described:
        _describe(wanted.values(), packages, Path(described))
        answer = trivy.ask("rootfs", described, "--scanners", "license", "--list-all-pkgs")
    declared = _placed(_declared(answer), policy)
    if missed := sorted(wanted.keys() - declared.keys()):
        raise GateError(f"Trivy saw no {', '.join(missed)}, so a pass would prove nothing")
    return Report(
        scan="licences",
        name="licences",
        seen={"Python packages": len(declared)},
        findings=(*_judge(declared, wanted, policy), *_unused(declared, policy)),
        below=0,
        notes=_elsewhere(lines, wanted),
        version=answer.get("Trivy", {}).get("Version", "unknown"),
        parameters=("rootfs", "--scanners", "license"),
        started=started,
        finished=datetime.now(UTC),
    )


def _describe(wanted: Iterable[Locked], packages: Path, folder: Path) -> None:
    """Copy what each installed package says of itself: a scan of these alone, and of all these."""
    installed = {
        str(canonicalize_name(each.name)): each for each in distributions(path=[str(packages)])
    }
    for line in wanted:
        found = installed.get(line.name)
        if found is None or found.version != line.version:
            what = f"{line.name} {found.version}" if found else f"no {line.name}"
            raise GateError(f"{packages} has {what}, not {line.version}: run make setup")
        target = folder / f"{line.name}-{line.version}.dist-info"
        target.mkdir()
        (target / "METADATA").write_text(_metadata(found), "utf-8")


def _metadata(installed: Distribution) -> str:
    return installed.read_text("METADATA") or ""


def _declared(answer: Mapping[str, Any]) -> dict[str, list[Licence]]:
    """Return the licences of each package that Trivy saw."""
    declared: dict[str, list[Licence]] = {}
    try:
        for result in answer["Results"]:
            for package in result.get("Packages", ()):
                declared.setdefault(canonicalize_name(package["Name"]), [])
            for each in result.get("Licenses", ()):
                known = declared.setdefault(canonicalize_name(each["PkgName"]), [])
                known.append(Licence(each["Name"], each["Category"] or UNKNOWN))
    except (LookupError, TypeError, AttributeError) as exc:
        raise GateError(f"Trivy's report has another shape ({exc!r}); is it Trivy 0.74?") from exc
    return {name: known or [Licence(NONE_DECLARED, UNKNOWN)] for name, known in declared.items()}


def _placed(declared: dict[str, list[Licence]], policy: Policy) -> dict[str, list[Licence]]:
    """Give the licences that Trivy cannot place the category that our policy has for them."""
    known = {each.licence: each.category for each in policy.placements}
    return {
        name: [
            Licence(each.name, known[each.name], is_placed=True)
            if each.category == UNKNOWN and each.name in known
            else each
            for each in licences
        ]
        for name, licences in declared.items()
    }


def _judge(
    declared: Mapping[str, Iterable[Licence]], wanted: Mapping[str, Locked], policy: Policy
) -> Iterator[Finding]:
    reasons = {(each.package, each.licence): each.reason for each in policy.exemptions}
    for name, licences in sorted(declared.items()):
        for licence in licences:
            if licence.category in policy.allowed:
                continue
            reason, line = reasons.get((name, licence.name)), wanted[name]
            yield Finding(
                kind="licence",
                id=f"licence-{licence.category}",
                severity=SEVERITIES.get(licence.category, "UNKNOWN"),
                subject=name,
                path=line.path,
                line=line.line,
                title=f"{name} {line.version}: {licence.name[:200]}",
                fix=f"take another package, or argue for this one in {POLICY}",
                installed=line.version,
                status=reason or "open",
                accepted=reason is not None,
            )


def _unused(declared: Mapping[str, Iterable[Licence]], policy: Policy) -> Iterator[Finding]:
    """Find the entries of the policy that nothing needs."""
    known = [(name, each) for name, licences in declared.items() for each in licences]
    needed = {(name, each.name) for name, each in known if each.category not in policy.allowed}
    for exemption in policy.exemptions:
        if (exemption.package, exemption.licence) not in needed:
            yield _useless(f"the exemption of {exemption.package}, {exemption.licence}")
    placed = {each.name for _, each in known if each.is_placed}
    for placement in policy.placements:
        if placement.licence not in placed:
            yield _useless(f"the placement of {placement.licence}")


def _useless(entry: str) -> Finding:
    return Finding(
        kind="register",
        id="unused-licence-entry",
        severity="-",
        subject=POLICY,
        path=POLICY,
        title=f"{entry} matches nothing",
        fix="remove it",
    )


def _elsewhere(lines: Iterable[Locked], wanted: Mapping[str, Locked]) -> tuple[str, ...]:
    """Name the versions that another Python or machine takes: they are not installed here."""
    judged = {(line.name, line.version) for line in wanted.values()}
    others = {(line.name, line.version) for line in lines} - judged
    names = ", ".join(f"{name} {version}" for name, version in sorted(others))
    return (f"not installed here, so not judged: {names}",) if others else ()
