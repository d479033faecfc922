"""Reads an image as it will be run, out of an OCI layout: digest, configuration, final files.

Source: https://github.com/opencontainers/image-spec (image-layout.md, layer.md)
"""

import gzip
import hashlib
import io
import json
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
GZIP = b"\x1f\x8b"


class LayoutError(Exception):
    """The folder is no OCI layout of one image, or was changed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One path of the final file system."""

    info: tarfile.TarInfo
    layer: str
    """Digest of the layer that has its content."""

    @property
    def mode(self) -> int:
        """Permission bits, with setuid, setgid and sticky."""
        return self.info.mode


class Image:
    """An OCI layout with exactly one image."""

    def __init__(self, folder: Path) -> None:
        """Open a layout.

        Raises:
            LayoutError: it cannot be read, or a blob does not have its digest.
        """
        self.folder = folder
        self._layers: dict[str, tarfile.TarFile] = {}
        try:
            descriptors = json.loads((folder / "index.json").read_bytes())["manifests"]
            if len(descriptors) != 1:
                raise LayoutError(f"{folder.name} holds {len(descriptors)} images, not one")
            self.digest: str = descriptors[0]["digest"]
            self.manifest: dict[str, Any] = json.loads(self.blob(self.digest))
            self.config: dict[str, Any] = json.loads(self.blob(self.manifest["config"]["digest"]))
        except (OSError, ValueError, KeyError, TypeError) as exc:
            raise LayoutError(f"{folder.name} is no OCI layout of one image: {exc!r}") from exc

    def blob(self, digest: str) -> bytes:
        """Read a blob and check that it is what its digest says."""
        if not DIGEST.fullmatch(digest):
            raise LayoutError(f"{self.folder.name}: {digest!r} is no digest")
        value = digest.removeprefix("sha256:")
        content = (self.folder / "blobs" / "sha256" / value).read_bytes()
        if hashlib.sha256(content).hexdigest() != value:
            raise LayoutError(f"{self.folder.name}: a blob is not {digest}")
        return content

    @cached_property
    def size_bytes(self) -> int:
        """The size of all files, uncompressed: what a machine keeps of it."""
        return sum(entry.info.size for entry in self.entries.values() if entry.info.isreg())

    @cached_property
    def compressed_bytes(self) -> int:
        """The size of all layers as they travel."""
        return sum(layer["size"] for layer in self.manifest["layers"])

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """Lay the layers over each other; the key is the path without a leading slash."""
        entries: dict[str, Entry] = {}
        for layer in self.manifest["layers"]:
            digest = layer["digest"]
            for info in self._layer(digest):
                _apply(entries, info, digest)
        return entries

    def read(self, path: str) -> bytes:
        """Read one regular file of the final file system.

        Raises:
            KeyError: there is none.
        """
        entry = self.entries[path]
        content = self._layer(entry.layer).extractfile(entry.info)
        if content is None:
            raise KeyError(path)
        return content.read()

    def files(self) -> Iterator[tuple[str, Entry]]:
        """List the regular files."""
        return ((path, entry) for path, entry in self.entries.items() if entry.info.isreg())

    def _layer(self, digest: str) -> tarfile.TarFile:
        if digest not in self._layers:
            content = self.blob(digest)
            if content.startswith(GZIP):
                content = gzip.decompress(content)  # once, since files are read in any order
            self._layers[digest] = tarfile.open(fileobj=io.BytesIO(content))  # noqa: SIM115 - kept
        return self._layers[digest]


def _apply(entries: dict[str, Entry], info: tarfile.TarInfo, layer: str) -> None:
    path = PurePosixPath(info.name.removeprefix("./").strip("/"))
    if path.name == OPAQUE:
        _remove(entries, f"{path.parent}/")
    elif path.name.startswith(WHITEOUT):
        hidden = str(path.with_name(path.name.removeprefix(WHITEOUT)))
        entries.pop(hidden, None)
        _remove(entries, f"{hidden}/")
    elif str(path) != ".":
        entries[str(path)] = Entry(info, layer)


def _remove(entries: dict[str, Entry], prefix: str) -> None:
    for path in [path for path in entries if path.startswith(prefix)]:
        del entries[path]
