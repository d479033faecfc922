"""What an image must not contain: each rule looks at the built image, not at how it was built."""

import json
import re
from collections.abc import Iterator
from email import message_from_bytes

from images.oci import Image

USER = "65532:65532"
PYTHON = "/usr/bin/python3.13"
DEBIAN = "13"
EXECUTABLES = {"usr/bin/python3.13"}
"""What may be in a folder that is searched for programs; a shell is one of the others."""
PROGRAM_FOLDERS = re.compile(r"^(usr/)?(local/)?s?bin/|^app/(.*/)?bin/")
DEBIANS_OWN = {"usr/lib/python3.13/sitecustomize.py", "etc/python3.13/sitecustomize.py"}
"""Debian's packages have it: one file and a link to it, for the distribution's crash reports."""
SPECIAL_BITS = 0o6000
WRITABLE_BY_ALL = 0o002
WRITABLE = 0o222
STICKY = 0o1000
EXECUTABLE = 0o111
ELF, SCRIPT = b"\x7fELF", b"#!"
LOADERS = re.compile(r"(^|/)ld-linux[^/]*\.so\.\d+$")
"""The dynamic loader, which every program needs."""


def complaints(image: Image) -> list[str]:
    """List what is wrong with an image; empty if nothing is."""
    rules = (_start, _programs, _special_bits, _pth, _writable, _owners, _release, _wheels)
    return [complaint for rule in rules for complaint in rule(image)]


def packages(image: Image) -> dict[str, str]:
    """List the Debian packages, with versions, where distroless images note them or dpkg does."""
    paths = [
        path
        for path, _ in image.files()
        if path.startswith("var/lib/dpkg/status.d/") and not path.endswith(".md5sums")
    ]
    texts = [image.read(path) for path in paths]
    if "var/lib/dpkg/status" in image.entries:
        texts += image.read("var/lib/dpkg/status").split(b"\n\n")
    notes = [message_from_bytes(text) for text in texts if text.strip()]
    return {str(note["Package"]): str(note["Version"]) for note in notes}


def executables(image: Image) -> list[str]:
    """List the programs: executable files in the folders where programs are looked for."""
    return sorted(
        path
        for path, entry in image.files()
        if PROGRAM_FOLDERS.match(path) and entry.mode & EXECUTABLE
    )


def special_files(image: Image) -> list[str]:
    """List files that run with other rights than their caller's."""
    return sorted(
        path
        for path, entry in image.files()
        if entry.mode & SPECIAL_BITS or "SCHILY.xattr.security.capability" in entry.info.pax_headers
    )


def _start(image: Image) -> Iterator[str]:
    config = image.config["config"]
    if config.get("User") != USER:
        yield f"runs as {config.get('User') or 'root'}, not as {USER}"
    entrypoint = config.get("Entrypoint") or []
    if entrypoint[:1] != [PYTHON]:
        yield f"starts with {json.dumps(entrypoint)}, not with {PYTHON} itself"
    if config.get("Cmd"):
        yield f"has a CMD, {json.dumps(config['Cmd'])}: the entry point is the whole command"


def _programs(image: Image) -> Iterator[str]:
    present = {path for path, entry in image.entries.items() if PROGRAM_FOLDERS.match(path)}
    for path in sorted(present):
        entry = image.entries[path]
        if entry.info.isdir() or path in EXECUTABLES:
            continue
        # Names of the one interpreter are no other program.
        if entry.info.issym() and entry.info.linkname in {"python3.13", PYTHON}:
            continue
        yield f"/{path} is a program; only {PYTHON} is allowed"
    for path, entry in image.files():
        if entry.mode & EXECUTABLE and path not in present and _is_program(image, path):
            yield f"/{path} can be run as a program"


def _is_program(image: Image, path: str) -> bool:
    """Tell whether an executable file outside of the usual folders is more than a library."""
    if path.startswith("usr/lib/python3.13/"):
        return False  # Debian marks modules of the standard library; no shell is there to run them
    if LOADERS.search(path) or re.search(r"\.so(\.\d+)*$", path):
        return False
    return image.read(path)[:4].startswith((ELF, SCRIPT)) and not path.startswith("usr/share/doc/")


def _special_bits(image: Image) -> Iterator[str]:
    for path in special_files(image):
        yield f"/{path} is setuid, setgid or has capabilities"


def _pth(image: Image) -> Iterator[str]:
    for path in image.entries:
        hook = re.search(r"\.pth$|(^|/)(site|user)customize(\.py|/|$)", path)
        if hook and path not in DEBIANS_OWN:
            yield f"/{path} would run code at each start of Python"


def _writable(image: Image) -> Iterator[str]:
    for path, entry in image.entries.items():
        if entry.info.issym() or not entry.mode & WRITABLE_BY_ALL:
            continue
        if entry.info.isdir() and entry.mode & STICKY:
            continue
        yield f"/{path} can be written by everybody"


def _owners(image: Image) -> Iterator[str]:
    for path, entry in image.entries.items():
        ours = path == "app" or path.startswith("app/")
        if ours and (entry.info.uid, entry.info.gid) != (0, 0):
            yield f"/{path} belongs to {entry.info.uid}:{entry.info.gid}, not to root"
        # The folder itself is made by WORKDIR with the usual mode; only root may write there.
        if path.startswith("app/") and not entry.info.issym() and entry.mode & WRITABLE:
            yield f"/{path} is not read-only"
    if "app" not in image.entries:
        yield "there is no /app"


def _release(image: Image) -> Iterator[str]:
    release = image.entries.get("usr/lib/os-release") and image.read("usr/lib/os-release").decode()
    if f'VERSION_ID="{DEBIAN}"' not in (release or ""):
        yield f"the runtime is not Debian {DEBIAN}"


def _wheels(image: Image) -> Iterator[str]:
    """A compiled module names the Python that it is for: builder and runtime must be the same."""
    for path in image.entries:
        tag = re.search(r"\.cpython-(\d+)[^/]*\.so$", path)
        if tag and tag[1] != "313":
            yield f"/{path} is compiled for another Python than {PYTHON}"
        cached = re.search(r"\.cpython-(\d+)\.pyc$", path)
        if cached and cached[1] != "313":
            yield f"/{path} is compiled by another Python than {PYTHON}"
