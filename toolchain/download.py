"""The project's own release of a program; a wrong checksum is never forgiven."""

import hashlib
import io
import tarfile
import time

import requests

from toolchain.pins import Pin, TamperedError, ToolError

TIMEOUT_S = (5, 120)
"""To connect, and between two parts of the answer."""
WHOLE_S = 600
LARGEST_BYTES = 300 << 20


def download(pin: Pin) -> bytes | None:
    """Return the program; None where there is no release for this machine or it is out of reach.

    Raises:
        TamperedError: what came is not what is pinned.
        ToolError: it is, and the program is not in it.
    """
    release = pin.release
    if release is None:
        return None
    try:
        content = _fetch(release.url)
    except requests.RequestException:
        return None
    if hashlib.sha256(content).hexdigest() != release.sha256:
        raise TamperedError(
            f"{pin.name}: the download is not what is pinned in toolchain/pins.toml; "
            "do not use it, and find out why"
        )
    return _unpack(pin.name, content) if release.url.endswith(".tar.gz") else content


def _fetch(url: str) -> bytes:
    """Download within a size and a time."""
    until, content = time.monotonic() + WHOLE_S, b""
    with requests.get(url, timeout=TIMEOUT_S, stream=True) as answer:
        answer.raise_for_status()
        for part in answer.iter_content(1 << 20):
            content += part
            if len(content) > LARGEST_BYTES or time.monotonic() > until:
                raise requests.RequestException("it is too large or too slow")
    return content


def _unpack(name: str, content: bytes) -> bytes:
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
            member = archive.extractfile(name)
            if member is not None:
                return member.read()
    except (KeyError, tarfile.TarError, OSError, EOFError) as exc:
        raise ToolError(f"{name}: the download does not contain it: {exc}") from exc
    raise ToolError(f"{name}: the download does not contain it")
