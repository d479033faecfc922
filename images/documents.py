"""What travels with an image: the bill of materials and the provenance, both read from the image.

Sources: https://cyclonedx.org/docs/1.7/json/, https://slsa.dev/spec/v1.1/provenance
"""

import json
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path
from typing import Any

from images import inspection
from images.engine import run
from images.layout import ImageError
from images.oci import Image

SCAN_TIMEOUT_S = 120
BUILD_TYPE = "https://hardened-data-pipeline.example/build/dockerfile@v1"
"""Names what the parameters below mean; docs/images.md describes it."""


def bill_of_materials(trivy: Path, image: Image, cache: Path) -> dict[str, Any]:
    """List what is in a built image, as CycloneDX.

    Raises:
        ImageError: Trivy failed, or did not list a package that is there.
    """
    printed = run(
        [
            *(str(trivy), "image", "--input", str(image.folder), "--format", "cyclonedx"),
            *("--skip-version-check", "--disable-telemetry", "--offline-scan"),
            *("--quiet", "--cache-dir", str(cache)),
        ],
        {},
        SCAN_TIMEOUT_S,
    )
    try:
        bill: dict[str, Any] = json.loads(printed)
        parts = [part for part in bill["components"] if "purl" in part]
        listed = {
            (part["purl"].partition("/")[0], part["name"].lower(), part["version"])
            for part in parts
        }
        # It would be a folder of this machine, and another one in each build.
        bill.setdefault("metadata", {}).setdefault("component", {})["name"] = image.digest
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise ImageError(f"Trivy printed no bill of materials ({exc!r}); is it 0.74?") from exc
    there = {("pkg:pypi", name, version) for name, version in wheels(image)}
    there |= {("pkg:deb", *package) for package in inspection.packages(image).items()}
    if missing := sorted(f"{name} {version}" for _, name, version in there - listed):
        raise ImageError(f"the bill of materials leaves out {', '.join(missing)}")
    return bill


def wheels(image: Image) -> set[tuple[str, str]]:
    """List the installed Python packages: names in lower case, and versions.

    Raises:
        ImageError: a package does not say what it is.
    """
    found = set()
    for path, _ in image.files():
        if path.endswith(".dist-info/METADATA"):
            # As in a mail: names of fields in any case, and a text after the first empty line.
            fields = message_from_bytes(image.read(path))
            name, version = fields["Name"], fields["Version"]
            if not name or not version:
                raise ImageError(f"/{path}: this METADATA names no package and version")
            found.add((str(name).lower(), str(version)))
    return found


def provenance(  # noqa: PLR0913 - one statement's parts, by name
    image: Image,
    *,
    target: str,
    bases: Mapping[str, str],
    standins: Mapping[str, str],
    source: str,
    commit: str,
    builder: str,
    started: datetime,
) -> dict[str, Any]:
    """Tell how an image was made: the predicate of a SLSA v1 provenance statement.

    `bases` maps stages to pinned references, `standins` such references to what replaced them.
    """
    materials: list[dict[str, Any]] = [
        {"uri": source, "digest": {"gitCommit": commit}},
        *(_base(reference, standins) for reference in bases.values()),
    ]
    materials += [{"uri": f"pkg:pypi/{name}@{version}"} for name, version in sorted(wheels(image))]
    return {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": {"source": source, "commit": commit, "target": target},
            "internalParameters": {
                "dockerfile": "Dockerfile",
                "sourceDateEpoch": image.config.get("created", ""),
                "architecture": platform.machine(),
            },
            "resolvedDependencies": materials,
        },
        "runDetails": {
            "builder": {"id": builder},
            "metadata": {
                "invocationId": f"{builder}#{started.strftime('%Y%m%dT%H%M%SZ')}",
                "startedOn": _moment(started),
                "finishedOn": _moment(datetime.now(UTC)),
            },
        },
    }


def statement(image: Image, name: str, kind: str, predicate: dict[str, Any]) -> dict[str, Any]:
    """Say of which image a predicate speaks (in-toto Statement v1)."""
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": name, "digest": {"sha256": image.digest.removeprefix("sha256:")}}],
        "predicateType": kind,
        "predicate": predicate,
    }


def _base(reference: str, standins: Mapping[str, str]) -> dict[str, Any]:
    name, _, digest = reference.partition("@")
    if reference not in standins:
        return {"uri": f"docker://{name}", "digest": {"sha256": digest.removeprefix("sha256:")}}
    # Whoever verifies must be able to tell; there is no digest of the real one in this image.
    return {"uri": f"standin://{name}", "annotations": {"replacedBy": standins[reference]}}


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
