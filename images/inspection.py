"""What an image must not contain: each rule looks at the built image, not at how it was built."""

import hashlib
import json
import re
import struct
import sys
from collections.abc import Iterator
from email import message_from_bytes

from images.oci import Image

USER = "65532:65532"
PYTHON = "/usr/bin/python3.13"
LIBRARY = "usr/lib/python3.13/"
DEBIAN = "13"
ENVIRONMENT = {
    "HOME": "/tmp",  # noqa: S108 # nosec B108 - the one folder that can be written
    "LANG": "C.UTF-8",
    "PATH": None,
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "1",
    "PYTHONPATH": "/app/dependencies:/app",
    "PYTHONUNBUFFERED": "1",
    "SSL_CERT_FILE": None,
}
"""The variables that may be set, and to what; None is anything."""
PROGRAM_FOLDERS = re.compile(r"^(usr/)?(local/)?s?bin/|^app/(.*/)?bin/")
LIBC = re.compile(r"^usr/lib/[a-z0-9_]+-linux-gnu/(libc\.so\.6|ld-linux[a-z0-9-]*\.so\.\d)$")
"""The two libraries that are programs too, and can start nothing that is not there."""
HOOKS = re.compile(
    r"\.pth$|(^|/)(site|user)customize(\.|/|$)|(^|/)apport_python_hook(\.|/|$)"
    r"|python313\.zip$|pyvenv\.cfg$|ld\.so\.preload$"
)
"""What Python, Debian's own hook in it, or the dynamic loader runs or reads by itself."""
DEBIANS_HOOK = "etc/python3.13/sitecustomize.py"
DEBIANS_HOOK_SHA256 = "43d81125d92376b1a69d53a71126a041cc9a18d8080e92dea0a2ae23be138b1e"
DEBIANS_LINK = f"{LIBRARY}sitecustomize.py"
STICKY_FOLDERS = {"dev/shm", "run/lock", "tmp", "var/lock", "var/tmp"}
OWN_HOME = "home/nonroot"
SPECIAL_BITS = 0o6000
WRITABLE_BY_ALL = 0o002
WRITABLE = 0o222
STICKY = 0o1000
EXECUTABLE = 0o111
CAPABILITY = "SCHILY.xattr.security.capability"
ELF, SCRIPT = b"\x7fELF", b"#!"
ELF_HEADER_BYTES = 64
ET_EXEC, PT_INTERP = 2, 3
"""Source: https://refspecs.linuxfoundation.org/elf/elf.pdf"""


def complaints(image: Image) -> list[str]:
    """List what is wrong with an image; empty if nothing is."""
    rules = (_start, _environment, _programs, _special_bits, _hooks, _shadows, _writable, _owners)
    return [fault for rule in (*rules, _kinds, _release, _wheels) for fault in rule(image)]


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
        if entry.mode & SPECIAL_BITS or CAPABILITY in entry.info.pax_headers
    )


def _start(image: Image) -> Iterator[str]:
    config = image.config.get("config") or {}
    if config.get("User") != USER:
        yield f"runs as {config.get('User') or 'root'}, not as {USER}"
    entrypoint = config.get("Entrypoint") or []
    if entrypoint[:1] != [PYTHON]:
        yield f"starts with {json.dumps(entrypoint)}, not with {PYTHON} itself"
    elif entrypoint[1:2] != ["-m"]:
        yield f"starts {json.dumps(entrypoint[1:])}, not a module with -m"
    if config.get("Cmd"):
        yield f"has a CMD, {json.dumps(config['Cmd'])}: the entry point is the whole command"
    if config.get("WorkingDir") != "/app":
        yield f"starts in {config.get('WorkingDir') or '/'}, from where Python would import"
    for volume in config.get("Volumes") or {}:
        yield f"{volume} is a volume: programs could be written there and run"


def _environment(image: Image) -> Iterator[str]:
    for variable in (image.config.get("config") or {}).get("Env") or []:
        name, _, value = variable.partition("=")
        if name not in ENVIRONMENT or ENVIRONMENT[name] not in {None, value}:
            yield f"the environment has {variable}"


def _programs(image: Image) -> Iterator[str]:
    there = {path for path in image.entries if PROGRAM_FOLDERS.match(path)}
    for path in sorted(there):
        info = image.entries[path].info
        if f"/{path}" == PYTHON:
            if not info.isreg() or not image.read(path).startswith(ELF):
                yield f"/{path} is not the interpreter"
        # Names of the one interpreter are no other program.
        elif not info.isdir() and not (info.issym() and info.linkname in {"python3.13", PYTHON}):
            yield f"/{path} is a program; only {PYTHON} is allowed"
    for path, entry in image.files():
        if path not in there and not LIBC.match(path):
            content = image.read(path)
            marked = entry.mode & EXECUTABLE and _is_marked_program(path, content)
            if marked or _is_elf_program(content):
                yield f"/{path} can be run as a program"


def _is_marked_program(path: str, content: bytes) -> bool:
    """Tell whether a file with an executable mode is one that a kernel would run."""
    if content.startswith(SCRIPT):
        # Debian marks modules and examples; what they would be run by is not there.
        module = path.startswith(LIBRARY) and path.endswith(".py")
        return not module and not path.startswith("usr/share/doc/")
    return content.startswith(ELF) and not path.endswith(".so")


def _is_elf_program(content: bytes) -> bool:
    """Tell a program from a library by its content: the loader runs it, whatever its mode."""
    if not content.startswith(ELF) or len(content) < ELF_HEADER_BYTES:
        return False
    (kind,) = struct.unpack_from("<H", content, 16)
    (table,) = struct.unpack_from("<Q", content, 32)
    size, count = struct.unpack_from("<HH", content, 54)
    headers = range(table, table + size * count, size or 1)
    interpreter = struct.pack("<I", PT_INTERP)
    return kind == ET_EXEC or any(content[at : at + 4] == interpreter for at in headers)


def _special_bits(image: Image) -> Iterator[str]:
    for path in special_files(image):
        yield f"/{path} is setuid, setgid or has capabilities"


def _hooks(image: Image) -> Iterator[str]:
    for path, entry in image.entries.items():
        if not HOOKS.search(path) or _is_debians(image, path):
            continue
        compiled = entry.info.isreg() and path.endswith(".cpython-313.pyc")
        if not compiled:  # Python reads it only beside its source, which is looked at
            yield f"/{path} would run code at each start of Python"


def _is_debians(image: Image, path: str) -> bool:
    """Debian's packages have one hook, for the distribution's crash reports, and a link to it."""
    info = image.entries[path].info
    if path == DEBIANS_LINK:
        return info.issym() and info.linkname == f"/{DEBIANS_HOOK}"
    if path != DEBIANS_HOOK or not info.isreg():
        return False
    return hashlib.sha256(image.read(path)).hexdigest() == DEBIANS_HOOK_SHA256


def _shadows(image: Image) -> Iterator[str]:
    for path in image.entries:
        module = re.match(r"^app/(dependencies/)?([A-Za-z_0-9]+)(\.|/|$)", path)
        if module and module[2] in sys.stdlib_module_names:
            yield f"/{path} shadows the standard library's {module[2]}"


def _writable(image: Image) -> Iterator[str]:
    for path, entry in image.entries.items():
        if entry.info.issym() or not entry.mode & WRITABLE_BY_ALL:
            continue
        if not (entry.info.isdir() and entry.mode & STICKY and path in STICKY_FOLDERS):
            yield f"/{path} can be written by everybody"


def _owners(image: Image) -> Iterator[str]:
    for path, entry in image.entries.items():
        if path != OWN_HOME and (entry.info.uid, entry.info.gid) != (0, 0):
            yield f"/{path} belongs to {entry.info.uid}:{entry.info.gid}, not to root"
        # The folder itself is made by WORKDIR with the usual mode; only root may write there.
        if path.startswith("app/") and not entry.info.issym() and entry.mode & WRITABLE:
            yield f"/{path} is not read-only"
    if "app" not in image.entries:
        yield "there is no /app"


def _kinds(image: Image) -> Iterator[str]:
    for path, entry in image.entries.items():
        if entry.info.isdev():
            yield f"/{path} is a device"
        attributes = {name for name in entry.info.pax_headers if name.startswith("SCHILY.xattr.")}
        if attributes - {CAPABILITY}:
            yield f"/{path} has attributes that give rights"


def _release(image: Image) -> Iterator[str]:
    path = "usr/lib/os-release"
    text = image.read(path).decode("utf-8", "replace") if path in dict(image.files()) else ""
    fields = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    if (fields.get("ID"), fields.get("VERSION_ID")) != ("debian", f'"{DEBIAN}"'):
        yield f"the runtime is not Debian {DEBIAN}"


def _wheels(image: Image) -> Iterator[str]:
    """A compiled module names the Python that it is for: builder and runtime must be the same."""
    for path in image.entries:
        tag = re.search(r"\.cpython-(\d+t?)[^/]*\.(so|pyc)$", path)
        if tag and tag[1] != "313":
            by = "for" if tag[2] == "so" else "by"
            yield f"/{path} is compiled {by} another Python than {PYTHON}"
