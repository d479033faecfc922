"""From an OCI archive or layout to the folder that Trivy reads, every byte under its digest."""

import hashlib
import json
import shutil
import tarfile
from pathlib import Path

from gates.trivy.report import GateError

INDEXES = ("application/vnd.oci.image.index.v1+json",)


def unpack(archive: Path, folder: Path) -> str:
    """Unpack an archive, or copy a layout, and return the digest of its one image.

    Trivy reads only the first image of an index and believes the names of the blobs, so an
    archive with a second image or a blob of another content is refused.
    """
    try:
        if archive.is_dir():
            shutil.copytree(archive, folder, dirs_exist_ok=True)
        else:
            with tarfile.open(archive) as tar:
                tar.extractall(folder, filter="data")
        manifests = json.loads((folder / "index.json").read_bytes())["manifests"]
        digests = {manifest["digest"]: manifest.get("mediaType") for manifest in manifests}
    except (OSError, tarfile.TarError, ValueError, LookupError, TypeError) as exc:
        raise GateError(
            f"{archive} is no OCI archive ({exc}); write one: podman save --format oci-archive"
        ) from exc
    if len(digests) != 1 or set(digests.values()) & set(INDEXES):
        raise GateError(f"{archive} must hold one image of one platform; export them one by one")
    for blob in (folder / "blobs" / "sha256").iterdir():
        with blob.open("rb") as content:
            if hashlib.file_digest(content, "sha256").hexdigest() != blob.name:
                raise GateError(f"{archive}: blob {blob.name} has another digest; export it again")
    return str(*digests)
