"""A tiny program, as a release and as a module, and pins of it."""

import hashlib
import io
import re
import subprocess
import tarfile

from toolchain.pins import Pin, Release

PROGRAM = b"#!/bin/sh\necho it runs\n"
NOWHERE = "http://127.0.0.1:9/tool"
"""The discard port: nobody answers."""
MODULE, VERSION = "example.test/tiny", "v1.0.0"
SOURCES = {
    "go.mod": "module example.test/tiny\n\ngo 1.21\n",
    "cmd/tool/main.go": 'package main\n\nfunc main() { println("built") }\n',
    "cmd/stamped/main.go": (
        'package main\n\nimport "fmt"\n\nvar version = "dev"\n\n'
        'func main() { fmt.Println("tool", version) }\n'
    ),
    "cmd/broken/main.go": "package main\n\nfunc main() { gone() }\n",
}


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def packed(*names):
    """A release as an archive."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = len(PROGRAM)
            tar.addfile(info, io.BytesIO(PROGRAM))
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
    return content.getvalue()


def pin(release=None, content=PROGRAM, **more):
    """A program that is pinned to this content."""
    values = {
        "name": "tool",
        "version": "1.0.0",
        "module": f"{MODULE}@{VERSION}",
        "hash": "h1:" + "A" * 43 + "=",
        "package": "./cmd/tool",
        "releases": {},
    }
    if release:
        known = Release(url=release, sha256=more.pop("sha256", sha256(content)))
        values["releases"] = {"linux-amd64": known}
    return Pin(**(values | more))


def left(folder):
    """What lies in the folder of tools."""
    there = folder.iterdir() if folder.exists() else []
    # Without the digest of the pin, with which each name ends.
    return sorted(re.sub(r"-[0-9a-f]{8}$", "", path.name) for path in there)


def printed(path):
    done = subprocess.run([path], capture_output=True, text=True, check=True)
    return (done.stdout or done.stderr).strip()
