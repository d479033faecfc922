"""OCI layouts of a few files each, as folders; also such as no honest tool would write."""

import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass, field

ELF = b"\x7fELF\x02\x01\x01" + bytes(57)
"""The first bytes of a program; nobody here runs it."""
KIND = "application/vnd.oci.image"


@dataclass(frozen=True, kw_only=True)
class Member:
    """One entry of a layer."""

    kind: bytes = tarfile.REGTYPE
    content: bytes = b""
    mode: int = 0o644
    owner: tuple[int, int] = (0, 0)
    target: str = ""
    pax: dict[str, str] = field(default_factory=dict)

    def info(self, name):
        """The header, as Python writes it."""
        info = tarfile.TarInfo(name)
        info.type, info.mode, info.linkname = self.kind, self.mode, self.target
        info.uid, info.gid = self.owner
        info.size = len(self.content)
        info.pax_headers = self.pax
        return info


def file(content=b"", mode=0o644, **more):
    raw = content.encode() if isinstance(content, str) else content
    return Member(content=raw, mode=mode, **more)


def folder(mode=0o755, **more):
    return Member(kind=tarfile.DIRTYPE, mode=mode, **more)


def link(target):
    return Member(kind=tarfile.SYMTYPE, target=target, mode=0o777)


def hard(target, mode=0o644, **more):
    return Member(kind=tarfile.LNKTYPE, target=target, mode=mode, **more)


def device(kind=tarfile.BLKTYPE, mode=0o644):
    return Member(kind=kind, mode=mode)


def pack(*members):
    """A tar of (name, member) in this order; the same name may come twice."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, member in members:
            given = member if isinstance(member, Member) else file(member)
            tar.addfile(given.info(name), io.BytesIO(given.content))
    return packed.getvalue()


def header(name, kind=tarfile.REGTYPE, content=b"", mode=0o644, owner=(0, 0)):
    """One block of a header and the content's blocks, to build what tarfile would not write."""
    member = Member(kind=kind, content=content, mode=mode, owner=owner)
    raw = member.info(name).tobuf(tarfile.USTAR_FORMAT)
    return raw + blocks(content)


def blocks(content):
    return content + bytes(-len(content) % 512)


def records(**values):
    """An extended header with these records; in a name `__` is a dot."""
    body = b""
    for key, value in values.items():
        rest = f" {key.replace('__', '.')}={value}\n".encode()
        length = len(rest) + 1
        while len(str(length)) + len(rest) != length:
            length += 1
        body += str(length).encode() + rest
    return header("pax", tarfile.XHDTYPE, body)


def long_name(name):
    """GNU's own way to write a name."""
    return header("././@LongLink", tarfile.GNUTYPE_LONGNAME, name.encode() + b"\0")


END = bytes(1024)


class Layout:
    """A layout that is being written; each part can be changed before it is."""

    def __init__(self, path):
        self.path = path
        self.blobs = path / "blobs" / "sha256"
        self.blobs.mkdir(parents=True)

    def put(self, content, kind):
        """Keep a blob; return its descriptor."""
        digest = hashlib.sha256(content).hexdigest()
        (self.blobs / digest).write_bytes(content)
        media_type = f"{KIND}.{kind}"
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

    def index(self, *manifests):
        """Name the manifests, or write bytes where the index is."""
        text = json.dumps({"schemaVersion": 2, "manifests": manifests})
        (self.path / "index.json").write_text(text, "utf-8")
        (self.path / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}', "utf-8")


def write_layout(path, *layers, config=None, compress=False):
    """Write an image with a layer for each table of members, or tar; return its folder."""
    layout = Layout(path)
    tars = [each if isinstance(each, bytes) else pack(*each.items()) for each in layers]
    stored = [
        layout.put(gzip.compress(tar, mtime=0), "layer.v1.tar+gzip")
        if compress
        else layout.put(tar, "layer.v1.tar")
        for tar in tars
    ]
    whole = {
        "architecture": "amd64",
        "os": "linux",
        "config": {} if config is None else config,
        "rootfs": {
            "type": "layers",
            "diff_ids": [f"sha256:{hashlib.sha256(tar).hexdigest()}" for tar in tars],
        },
        "history": [{"created_by": "COPY . /"} for _ in tars],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{KIND}.manifest.v1+json",
        "config": layout.put(json.dumps(whole).encode(), "config.v1+json"),
        "layers": stored,
    }
    layout.index(layout.put(json.dumps(manifest).encode(), "manifest.v1+json"))
    return path
