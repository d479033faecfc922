"""Reads an image as it will be run, out of an OCI layout: digest, configuration, final files.

Engines read archives with other code than Python's. An archive that both could read differently is
refused, or somebody could show us one image and run another.
Source: https://github.com/opencontainers/image-spec (image-layout.md, layer.md)
"""

import copy
import gzip
import hashlib
import io
import json
import re
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
GZIP = b"\x1f\x8b"
BLOCK_BYTES = 512
LARGEST_LAYER_BYTES = 1 << 30
"""Unpacked; ten times what our images hold."""


class LayoutError(Exception):
    """The folder is no OCI layout of one image, was changed, or can be read in two ways."""


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
            self.manifest = _object(self.blob(self.digest), "manifest")
            self.config = _object(self.blob(self.manifest["config"]["digest"]), "config")
            _list(self.manifest, "layers")
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as exc:
            raise LayoutError(f"{folder.name} is no OCI layout of one image: {exc!r}") from exc

    def blob(self, digest: object) -> bytes:
        """Read a blob and check that it is what its digest says."""
        if not isinstance(digest, str) or not DIGEST.fullmatch(digest):
            raise LayoutError(f"{self.folder.name}: {digest!r} is no digest")
        value = digest.removeprefix("sha256:")
        try:
            content = (self.folder / "blobs" / "sha256" / value).read_bytes()
        except OSError:
            words = f"{self.folder.name} is no OCI layout of one image: {digest} is missing"
            raise LayoutError(words) from None
        if hashlib.sha256(content).hexdigest() != value:
            raise LayoutError(f"{self.folder.name}: a blob is not {digest}")
        return content

    @cached_property
    def size_bytes(self) -> int:
        """The size of all files, uncompressed: what a machine keeps of it."""
        # A file with several names is there once.
        files = {(entry.layer, entry.info.offset_data): entry for _, entry in self.files()}
        return sum(entry.info.size for entry in files.values())

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """Lay the layers over each other; the key is the path without a leading slash."""
        entries: dict[str, Entry] = {}
        for layer in self.manifest["layers"]:
            digest = layer.get("digest")
            members = [(_path(info.name), info) for info in self._layer(digest)]
            # What a layer hides is below it, wherever in the layer it says so.
            for path, _ in members:
                _hide(entries, path)
            _lay(entries, members, digest)
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
        """List the regular files, each under all of its names."""
        return ((path, entry) for path, entry in self.entries.items() if entry.info.isreg())

    def _layer(self, digest: str) -> tarfile.TarFile:
        if digest not in self._layers:
            content = self.blob(digest)
            try:
                if content.startswith(GZIP):
                    with gzip.open(io.BytesIO(content)) as packed:
                        # Once, since files are read in any order.
                        content = packed.read(LARGEST_LAYER_BYTES + 1)
                if len(content) > LARGEST_LAYER_BYTES:
                    raise LayoutError(f"layer {digest} holds more than {LARGEST_LAYER_BYTES} bytes")
                # "r:" and not "r", which would look for compression in the first file's name.
                tar = tarfile.open(fileobj=io.BytesIO(content), mode="r:")  # noqa: SIM115 - kept open
                _refuse_two_readings(tar, content)
            except (OSError, EOFError, ValueError, zlib.error, tarfile.TarError) as exc:
                raise LayoutError(f"layer {digest} cannot be read: {exc}") from exc
            self._layers[digest] = tar
        return self._layers[digest]


def _object(raw: bytes, name: str) -> dict[str, Any]:
    """Read a JSON object."""
    value = json.loads(raw)
    if not isinstance(value, dict):
        raise TypeError(f"the {name} is no object")
    return value


def _list(manifest: dict[str, Any], name: str) -> None:
    if not isinstance(manifest[name], list):
        raise TypeError(f"the {name} are no list")


def _refuse_two_readings(tar: tarfile.TarFile, content: bytes) -> None:
    """Refuse headers in which Go's reader, the engines', finds another name, owner or end.

    Raises:
        ValueError: with what is unusual.
    """
    position = 0
    while (info := tar.next()) is not None:
        before, last = _headers(content[info.offset : info.offset_data])
        if before not in {b"", b"x", b"L", b"K", b"LK", b"KL"} or len(last) != BLOCK_BYTES:
            raise ValueError(f"{info.name!r} has an unusual header")
        if last[345:500].strip(b"\0") and last[257:265] != b"ustar\x0000":
            raise ValueError(f"{info.name!r} has a prefix in a header without one")
        if any(not text or name.startswith("GNU.") for name, text in info.pax_headers.items()):
            raise ValueError(f"{info.name!r} has unusual extended headers")
        ends = info.offset_data + (info.size if info.isreg() else 0)
        if info.size < 0 or info.offset < position or ends > len(content):
            raise ValueError(f"{info.name!r} has an impossible size")
        if info.size and not info.isreg():
            raise ValueError(f"{info.name!r} has an impossible size")
        position = info.offset_data
    if content[tar.offset :].strip(b"\0"):
        raise ValueError("something lies behind the last entry")


def _headers(blocks: bytes) -> tuple[bytes, bytes]:
    """Split what precedes a content: the types of the extending headers, and the last header."""
    types, at = b"", 0
    while (kind := blocks[at + 156 : at + 157]) in {b"x", b"L", b"K"}:
        types += kind
        size = tarfile.nti(blocks[at + 124 : at + 136])  # type: ignore[attr-defined]  # not public
        if size < 0:
            raise ValueError("a header has an impossible size")
        at += BLOCK_BYTES + -(-size // BLOCK_BYTES) * BLOCK_BYTES
    return types, blocks[at:]


def _path(name: str) -> PurePosixPath:
    path = PurePosixPath(name.lstrip("/"))
    hidden = path.name.removeprefix(WHITEOUT)
    nothing = path.name.startswith(WHITEOUT) and hidden in {"", ".", ".."}
    if ".." in path.parts or nothing:
        raise LayoutError(f"layer: {name!r} is no path below the root")
    return path


def _hide(entries: dict[str, Entry], path: PurePosixPath) -> None:
    if path.name == OPAQUE:
        _remove(entries, "" if str(path.parent) == "." else f"{path.parent}/")
    elif path.name.startswith(WHITEOUT):
        hidden = str(path.with_name(path.name.removeprefix(WHITEOUT)))
        entries.pop(hidden, None)
        _remove(entries, f"{hidden}/")


def _lay(
    entries: dict[str, Entry], members: list[tuple[PurePosixPath, tarfile.TarInfo]], layer: str
) -> None:
    """Lay one layer over what is there."""
    there = {path for path, _ in members}
    folders = {str(above) for path in map(PurePosixPath, entries) for above in path.parents}
    folders |= {str(above) for path in there for above in path.parents}
    for path, info in members:
        if path.name.startswith(WHITEOUT):
            continue
        if path.name and path.with_name(WHITEOUT + path.name) in there:
            raise LayoutError(f"layer {layer}: it holds and hides {path}")
        if str(path) in folders and not info.isdir():
            _remove(entries, f"{path}/")
        _add(entries, str(path), info, layer)


def _add(entries: dict[str, Entry], path: str, info: tarfile.TarInfo, layer: str) -> None:
    if path == ".":
        return
    if not info.islnk():
        entries[path] = Entry(info, layer)
        return
    first = entries.get(str(_path(info.linkname)))
    if first is None or first.layer != layer or not first.info.isreg():
        raise LayoutError(f"layer {layer}: {path} is a link to no file of it")
    # One file with two names: an engine sets mode and owner again, for both.
    same = copy.copy(first.info)
    same.mode, same.uid, same.gid = info.mode, info.uid, info.gid
    same.pax_headers = {**first.info.pax_headers, **info.pax_headers}
    for name, entry in entries.items():
        if entry.layer == layer and entry.info.offset_data == first.info.offset_data:
            entries[name] = Entry(same, layer)
    entries[path] = Entry(same, layer)


def _remove(entries: dict[str, Entry], prefix: str) -> None:
    for path in [path for path in entries if path.startswith(prefix)]:
        del entries[path]
