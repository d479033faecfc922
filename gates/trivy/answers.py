"""From Trivy's JSON to findings; no I/O here."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gates.trivy.report import Finding


def looked_at(result: dict[str, Any]) -> tuple[str, int]:
    """Name what a result is about and count it: packages, or files of configuration."""
    packages = len(result.get("Packages", ()))
    match result.get("Class"), result.get("Type"):
        case "os-pkgs", _:
            return "operating system packages", packages
        case _, "python-pkg":
            return "Python packages", packages
        case _, "dockerfile" | "terraform" as kind:
            return kind, 1
        case _:
            return result["Target"], packages


def findings(result: dict[str, Any], scan: str) -> Iterator[Finding]:
    """Read all findings of a result, however mild; a secret itself stays behind."""
    yield from _vulnerabilities(result, scan)
    target = result["Target"]
    for bad in result.get("Secrets", ()):
        # Match and Code quote what is around the secret, which is often the rest of it.
        yield Finding(
            kind="secret",
            id=bad["RuleID"],
            severity=bad["Severity"],
            subject=f"{target}:{bad['StartLine']}",
            path=target,
            line=bad["StartLine"],
            title=bad["Title"],
            fix="revoke it, then take it out of the history",
        )
    for bad in result.get("Misconfigurations", ()):
        line = bad.get("CauseMetadata", {}).get("StartLine", 0)
        yield Finding(
            kind="misconfiguration",
            id=bad["ID"],
            severity=bad["Severity"],
            subject=f"{target}:{line}" if line else target,
            path=target,
            line=line,
            title=bad.get("Title", ""),
            fix=bad.get("Resolution") or bad.get("PrimaryURL", ""),
        )


def _vulnerabilities(result: dict[str, Any], scan: str) -> Iterator[Finding]:
    target, is_lock = result["Target"], scan == "vulnerabilities"
    lines = {
        (package["Name"], package["Version"]): package["Locations"][0]["StartLine"]
        for package in result.get("Packages", ())
        if is_lock and package.get("Locations")
    }
    for bad in result.get("Vulnerabilities", ()):
        installed, fixed = bad["InstalledVersion"], bad.get("FixedVersion", "")
        yield Finding(
            kind="vulnerability",
            id=bad["VulnerabilityID"],
            severity=bad["Severity"],
            subject=bad["PkgName"],
            path=target if is_lock else "",
            line=lines.get((bad["PkgName"], installed), 0),
            title=bad.get("Title", ""),
            fix=f"take {bad['PkgName']} {fixed}" if fixed else bad.get("PrimaryURL", ""),
            installed=installed,
            fixed=fixed,
            purl=bad["PkgIdentifier"].get("PURL", ""),
            image=Path(target).stem if is_lock else scan,
        )


def root_user(answer: dict[str, Any]) -> Iterator[Finding]:
    """Judge the user that an image starts as; Trivy's own check needs a history it can parse."""
    if answer.get("ArtifactType") == "container_image":
        user = answer["Metadata"]["ImageConfig"].get("config", {}).get("User", "")
        if user.partition(":")[0] in {"", "0", "root"}:
            subject = f"USER {user or 'unset'}"
            yield Finding(kind="misconfiguration", id="root-user", severity="HIGH", subject=subject)
