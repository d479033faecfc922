"""A private Sigstore, a registry and small images: everything that can be attacked."""

import hashlib
import io
import itertools
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy import signing
from deploy.admission import Key, Skopeo
from deploy.cosign import Cosign, Keyless
from deploy.reference import Reference
from local.layout import LocalError
from local.release import workflow_identity
from local.release.registry import Registry, tool
from local.release.sigstore import Sigstore
from local.release.workflow_identity import WorkflowRun
from toolchain.install import find

COMMIT = "c" * 40
BILL = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": []}
SOURCE = f"git+https://github.com/{WorkflowRun().repository}"


def layout(folder, content):
    """Write an OCI layout of one small image; return its digest."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def put(raw):
        digest = hashlib.sha256(raw).hexdigest()
        (blobs / digest).write_bytes(raw)
        return {"digest": f"sha256:{digest}", "size": len(raw)}

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        info = tarfile.TarInfo("app")
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    layer = put(packed.getvalue())
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]},
    }
    kind = "application/vnd.oci.image"
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{kind}.manifest.v1+json",
        "config": {"mediaType": f"{kind}.config.v1+json", **put(json.dumps(config).encode())},
        "layers": [{"mediaType": f"{kind}.layer.v1.tar", **layer}],
    }
    entry = {"mediaType": manifest["mediaType"], **put(json.dumps(manifest).encode())}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return entry["digest"]


@dataclass
class World:
    """Where an image is signed, pushed and verified, by whom the test says."""

    sigstore: Sigstore
    registry: Registry
    skopeo: Skopeo
    folder: Path
    key: Key
    numbers: Iterator[int] = field(default_factory=itertools.count)
    layouts: dict[Reference, Path] = field(default_factory=dict)

    def new_folder(self, kind):
        """Name a folder that nobody else has; images are signed in parallel."""
        return self.folder / f"{kind}-{next(self.numbers)}"

    def signing(self, run=None, issuer=None):
        """How a workflow's run signs, and how its signature is verified."""
        trust = self.sigstore.trust
        return Keyless(
            identity=(run or WorkflowRun(commit=COMMIT)).identity,
            issuer=issuer or self.sigstore.issuer_url,
            trusted_root=trust.trusted_root,
            signing_config=trust.signing_config,
        )

    def cosign(self, run=None, issuer=None):
        """Cosign in the environment of a workflow's run."""
        where = issuer or self.sigstore.issuer_url
        run = run or WorkflowRun(commit=COMMIT)
        return Cosign(find("cosign"), workflow_identity.environment(where, run))

    def push(self, name="data-api", key="own"):
        """Push a new image; return its reference."""
        folder = self.new_folder("image")
        digest = layout(folder, folder.name.encode())
        image = Reference(f"{self.registry.address}/{name}", digest)
        self.layouts[image] = folder
        self.skopeo.push(folder, image, self.key if key == "own" else key)
        return image

    def documents(self, image, **changes):
        """Write the three statements about an image, with changes to what they say."""
        folder = self.new_folder("documents")
        folder.mkdir()
        now = datetime.now(UTC).isoformat()
        said = {
            "built": COMMIT,
            "source": SOURCE,
            "materials": ["docker://gcr.io/distroless/python3-debian13:nonroot"],
            "scanned": now,
            "scan_digest": image.digest,
            "scan_status": 0,
            "database": "https://github.com/aquasecurity/trivy-db",
            **changes,
        }
        provenance = {
            "buildDefinition": {
                "buildType": "https://example.test/build",
                "externalParameters": {"source": said["source"], "commit": said["built"]},
                "resolvedDependencies": [
                    {"uri": uri, "digest": {"sha256": "0" * 64}} for uri in said["materials"]
                ],
            },
            "runDetails": {"builder": {"id": "test"}},
        }
        scan = {
            "invocation": {"parameters": None, "uri": "", "event_id": "", "builder.id": ""},
            "scanner": {
                "uri": "trivy",
                "version": "0.74.0",
                "db": {"uri": said["database"], "version": ""},
                "result": {"digest": said["scan_digest"], "exit_status": said["scan_status"]},
            },
            "metadata": {
                "scanStartedOn": "2020-01-01T00:00:00Z",
                "scanFinishedOn": said["scanned"],
            },
        }
        paths = {"bill": BILL, "provenance": provenance, "scan": scan}
        for name, value in paths.items():
            (folder / name).write_text(json.dumps(value))
        return signing.Documents(
            bill_of_materials=folder / "bill",
            provenance=folder / "provenance",
            scan=folder / "scan",
        )

    def release(self, image, run=None, issuer=None, commit=COMMIT, **changes):
        """Sign an image as a run does; return it."""
        run = run or WorkflowRun(commit=COMMIT)
        documents = self.documents(image, **changes)
        signing.sign(self.cosign(run, issuer), image, self.signing(run, issuer), commit, documents)
        return image


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """A running world, once."""
    missing = [name for name in ("cosign", "fulcio", "tesseract", "rekor") if not find(name)]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}: python -m toolchain")
    try:
        skopeo_program = tool("skopeo")
    except LocalError as exc:
        pytest.skip(f"needs skopeo: {exc}")
    folder = tmp_path_factory.mktemp("release")
    skopeo = Skopeo(skopeo_program, folder)
    with Sigstore(folder / "sigstore") as sigstore, Registry(folder / "registry") as registry:
        yield World(sigstore, registry, skopeo, folder, skopeo.make_key("own"))
