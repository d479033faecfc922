"""`python -m rehearsal.deployment.images`: two small images in the place of the built ones.

They and what is said of them have the shape that the release wants; `make rehearse` builds the real
ones. Each commit brings another API. The function's is what `FUNCTION` says, so a release changes
the API alone, as most do, or both.
"""

import hashlib
import io
import json
import os
import subprocess
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from deploy.jobs import handover
from deploy.jobs.run import SERVICES
from images import bases
from images.layout import ROOT

KIND = "application/vnd.oci.image"
STALE = "REHEARSAL_SCANNED_DAYS_AGO"
FUNCTION = "REHEARSAL_FUNCTION"


def lay_out(root: Path, commit: str, function: str, source: str, scanned: datetime) -> None:
    """Write both images and what is said of them to where the release's jobs expect them."""
    (root / handover.DOCUMENTS).mkdir(parents=True)
    for name, content in (("api", commit), ("function", function)):
        digest = layout(handover.layout(name, root), content.encode())
        documents = handover.documents(name, root)
        for path, told in (
            (documents.bill_of_materials, _bill(digest)),
            (documents.provenance, _provenance(source, commit)),
            (documents.scan, _scan(digest, scanned)),
        ):
            path.write_text(json.dumps(told), "utf-8")


def layout(folder: Path, content: bytes) -> str:
    """Write an OCI layout of an image with one file; gives its digest."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def put(raw: bytes) -> dict[str, Any]:
        digest = hashlib.sha256(raw).hexdigest()
        (blobs / digest).write_bytes(raw)
        return {"digest": f"sha256:{digest}", "size": len(raw)}

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        info = tarfile.TarInfo("app")
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    layer = put(packed.getvalue())
    rootfs = {"type": "layers", "diff_ids": [layer["digest"]]}
    config = put(
        json.dumps(
            {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": rootfs}
        ).encode()
    )
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{KIND}.manifest.v1+json",
        "config": {"mediaType": f"{KIND}.config.v1+json", **config},
        "layers": [{"mediaType": f"{KIND}.layer.v1.tar", **layer}],
    }
    entry = {"mediaType": manifest["mediaType"], **put(json.dumps(manifest).encode())}
    index = {"schemaVersion": 2, "manifests": [entry]}
    (folder / "index.json").write_text(json.dumps(index), "utf-8")
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}', "utf-8")
    return str(entry["digest"])


def named(root: Path, registry: str) -> dict[str, str]:
    """Name both images as they would be in a registry, by digest."""
    return {
        name: f"{registry}/{service}@{handover.digest(name, root)}"
        for name, service in SERVICES.items()
    }


def _bill(digest: str) -> dict[str, Any]:
    part = {"type": "library", "name": "flask", "version": "3.1.2"}
    about = {"component": {"type": "container", "name": digest}}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": about,
        "components": [part],
    }


def _provenance(source: str, commit: str) -> dict[str, Any]:
    pinned = [reference.partition("@") for reference in bases.pinned().values()]
    return {
        "buildDefinition": {
            "buildType": "https://rehearsal.example/build",
            "externalParameters": {"source": source, "commit": commit},
            "resolvedDependencies": [
                {"uri": f"docker://{name}", "digest": {"sha256": digest.removeprefix("sha256:")}}
                for name, _, digest in pinned
            ],
        },
        "runDetails": {"builder": {"id": os.environ.get("BUILDER_ID", "rehearsal")}},
    }


def _scan(digest: str, at: datetime) -> dict[str, Any]:
    return {
        "invocation": {"parameters": None, "uri": "", "event_id": "", "builder.id": ""},
        "scanner": {
            "uri": "https://github.com/aquasecurity/trivy",
            "version": "0.74.0",
            "db": {"uri": "https://github.com/aquasecurity/trivy-db", "version": ""},
            "result": {"digest": digest, "exit_status": 0},
        },
        "metadata": {"scanStartedOn": at.isoformat(), "scanFinishedOn": at.isoformat()},
    }


def main() -> None:
    """Lay out the images of the commit that is checked out."""
    command = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    commit = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    days = int(os.environ.get(STALE) or 0)
    scanned = datetime.now(UTC) - timedelta(days=days)
    lay_out(ROOT, commit, os.environ[FUNCTION], os.environ["SOURCE_URI"], scanned)


if __name__ == "__main__":
    main()
