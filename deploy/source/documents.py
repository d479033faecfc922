"""What is said of a source archive: which packages its locks pin, and how it was made.

Sources: https://cyclonedx.org/docs/1.6/json/, https://slsa.dev/spec/v1.1/provenance
"""

from typing import Any

from deploy.reference import RefusedError
from deploy.source.archive import Archive
from gates.locks import pins

BUILD_TYPE = "https://hardened-data-pipeline.example/build/source-archive@v1"
"""Names what the parameters below mean; docs/release.md describes it."""
LOCKS = "requirements/"


def locks(archive: Archive) -> list[str]:
    """List the paths of its locks."""
    return sorted(
        name
        for name in archive.files
        if name.startswith(LOCKS) and name.endswith(".txt") and name.count("/") == 1
    )


def complete(bill: dict[str, Any], archive: Archive) -> None:
    """Compare a bill of materials with the locks that are in the archive.

    Raises:
        RefusedError: a pin is not in it, or it cannot be read.
    """
    try:
        listed = {
            (part["name"].lower(), part["version"])
            for part in bill["components"]
            if part.get("purl", "").startswith("pkg:pypi/")
        }
    except (KeyError, TypeError, AttributeError) as exc:
        raise RefusedError(f"the bill of materials has another shape: {exc!r}") from exc
    pinned = {
        found[1:] for path in locks(archive) for found in pins(archive.files[path].decode("utf-8"))
    }
    if not pinned:
        raise RefusedError(f"{archive.name} has no lock in {LOCKS}")
    if missing := sorted(f"{name} {version}" for name, version in pinned - listed):
        raise RefusedError(f"the bill of materials leaves out {', '.join(missing[:5])}")


def provenance(archive: Archive, identity: str) -> dict[str, Any]:
    """Tell how the archive was made: the predicate of a SLSA v1 provenance statement.

    Args:
        archive: what was made.
        identity: the workflow that made it, with its ref, as its certificate names it.
    """
    source = f"git+{identity.partition('/.github/')[0]}"
    return {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": {
                "source": source,
                "commit": archive.commit,
                "version": archive.version,
            },
            "resolvedDependencies": [{"uri": source, "digest": {"gitCommit": archive.commit}}],
        },
        "runDetails": {"builder": {"id": identity}},
    }
