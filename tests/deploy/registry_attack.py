"""What somebody does who may write to the registry: plain calls of its API."""

import hashlib
import json

import requests

from deploy.reference import Reference

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def _base(repository):
    registry, _, path = repository.partition("/")
    return f"http://{registry}/v2/{path}"


def get_manifest(repository, name, kind=MANIFEST):
    answer = requests.get(
        f"{_base(repository)}/manifests/{name}", headers={"Accept": kind}, timeout=10
    )
    answer.raise_for_status()
    return answer.content


def put_manifest(repository, name, content, kind=MANIFEST):
    answer = requests.put(
        f"{_base(repository)}/manifests/{name}",
        data=content,
        headers={"Content-Type": kind},
        timeout=10,
    )
    answer.raise_for_status()


def get_blob(repository, digest):
    answer = requests.get(f"{_base(repository)}/blobs/{digest}", timeout=10)
    answer.raise_for_status()
    return answer.content


def put_blob(repository, content):
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    if requests.head(f"{_base(repository)}/blobs/{digest}", timeout=10).ok:
        # Uploads of one blob at the same time disturb each other.
        return {"digest": digest, "size": len(content)}
    started = requests.post(f"{_base(repository)}/blobs/uploads/", timeout=10)
    started.raise_for_status()
    where = started.headers["Location"]
    joint = "&" if "?" in where else "?"
    requests.put(f"{where}{joint}digest={digest}", data=content, timeout=10).raise_for_status()
    return {"digest": digest, "size": len(content)}


def copy(image, repository):
    """Copy an image with all that is attached to it to another repository."""
    name = image.digest.replace(":", "-")
    names = [image.digest, f"{name}.sig"]
    try:
        index = get_manifest(image.repository, name, INDEX)
    except requests.HTTPError:
        index = None  # signed by a key alone
    if index:
        names += [entry["digest"] for entry in json.loads(index)["manifests"]]
    for each in names:
        content = get_manifest(image.repository, each)
        manifest = json.loads(content)
        for blob in [manifest["config"], *manifest["layers"]]:
            put_blob(repository, get_blob(image.repository, blob["digest"]))
        put_manifest(repository, each, content)
    if index:
        put_manifest(repository, name, index, INDEX)
    return Reference(repository, image.digest)


def attached(image):
    """List the bundles attached to an image: kind of statement, and the bundle itself."""
    name = image.digest.replace(":", "-")
    index = json.loads(get_manifest(image.repository, name, INDEX))
    for entry in index["manifests"]:
        manifest = json.loads(get_manifest(image.repository, entry["digest"]))
        bundle = json.loads(get_blob(image.repository, manifest["layers"][0]["digest"]))
        yield manifest, bundle


def replace_attached(image, change, onto=None):
    """Attach changed bundles to an image, in the place of what is there.

    `change` gets a manifest and a bundle, and returns the bundle or None to leave it out.
    """
    onto = onto or image
    entries = []
    subject = {
        "mediaType": MANIFEST,
        "digest": onto.digest,
        "size": len(get_manifest(onto.repository, onto.digest)),
    }
    for manifest, bundle in attached(image):
        changed = change(manifest, bundle)
        if changed is None:
            continue
        blob = put_blob(onto.repository, json.dumps(changed).encode())
        put_blob(onto.repository, b"{}")
        layers = [{**manifest["layers"][0], **blob}]
        content = json.dumps({**manifest, "subject": subject, "layers": layers}).encode()
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        put_manifest(onto.repository, digest, content)
        entries.append(
            {
                "mediaType": MANIFEST,
                "digest": digest,
                "size": len(content),
                "artifactType": manifest["artifactType"],
            }
        )
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}
    name = onto.digest.replace(":", "-")
    put_manifest(onto.repository, name, json.dumps(index).encode(), INDEX)
