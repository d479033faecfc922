"""Images of a few files each, as OCI archives."""

import hashlib
import io
import json
import tarfile

DEBIAN = {
    "etc/debian_version": "13.1\n",
    "etc/os-release": 'ID=debian\nVERSION_ID="13"\n',
    "var/lib/dpkg/status.d/libc6": "Package: libc6\nSource: glibc\nVersion: 2.41-12\n",
}


def wheel(name, version):
    """The one file of an installed package that says what it is."""
    path = f"usr/lib/python3/dist-packages/{name}-{version}.dist-info/METADATA"
    return {path: f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"}


GOOD = DEBIAN | wheel("jinja2", "3.1.6")


def layer(files):
    """A layer as an image holds it: a tar."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return content.getvalue()


def write_image(path, *layers, user="65532", env=()):
    """An OCI archive with one layer for each table of files."""
    blobs = {}

    def blob(content, kind):
        digest = hashlib.sha256(content).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = content
        media_type = f"application/vnd.oci.image.{kind}"
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

    tars = [blob(layer(files), "layer.v1.tar") for files in layers]
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"User": user, "Env": list(env)},
        "rootfs": {"type": "layers", "diff_ids": [each["digest"] for each in tars]},
        "history": [{"created_by": "COPY . /"} for _ in tars],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": blob(json.dumps(config).encode(), "config.v1+json"),
        "layers": tars,
    }
    index = {
        "schemaVersion": 2,
        "manifests": [blob(json.dumps(manifest).encode(), "manifest.v1+json")],
    }
    blobs["index.json"] = json.dumps(index).encode()
    blobs["oci-layout"] = b'{"imageLayoutVersion": "1.0.0"}'
    with tarfile.open(path, "w") as tar:
        for name, content in blobs.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path
