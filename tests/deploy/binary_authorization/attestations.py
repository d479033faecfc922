"""Keys, an attestor, a policy and attestations, each as its API has it, for tests to spoil."""

import copy
import json
from contextlib import contextmanager

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from deploy.binary_authorization import payload
from deploy.binary_authorization.signer import KEY_ID, LocalKey
from deploy.documents import encode
from deploy.reference import Reference
from local.serving import serving

PROJECT = "projects/data-prod-4711"
NAME = f"{PROJECT}/attestors/release-1"
NOTE = f"{PROJECT}/notes/release-1"
RING = f"{PROJECT}/locations/europe-west1/keyRings/pipeline-1"
VERSION = f"{RING}/cryptoKeys/attestation-1/cryptoKeyVersions/1"
KEY = KEY_ID.format(VERSION)
DIGEST = f"sha256:{'a' * 64}"
OTHER_DIGEST = f"sha256:{'b' * 64}"
IMAGE = Reference("europe-west1-docker.pkg.dev/data-prod-4711/images/data-api", DIGEST)


def signer(key_id=KEY, curve=None):
    """Make a key that signs."""
    return LocalKey(key_id, ec.generate_private_key(curve or ec.SECP256R1()))


SIGNER = signer()
STRANGER = signer()


def pem(key):
    """Write its public half."""
    public = key.key.public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def public_key(key, key_id=None, algorithm="EC_SIGN_P256_SHA256"):
    """Name a key as an attestor does."""
    inside = {"publicKeyPem": pem(key), "signatureAlgorithm": algorithm}
    return {"id": key_id or key.key_id, "pkixPublicKey": inside}


def attestor(*keys, name=NAME, note=NOTE):
    """Write an attestor."""
    return {
        "name": name,
        "userOwnedGrafeasNote": {"noteReference": note, "publicKeys": list(keys)},
        "updateTime": "2026-11-24T10:00:00.123456Z",
        "etag": '"x"',
    }


def rule(mode="REQUIRE_ATTESTATION", enforced="ENFORCED_BLOCK_AND_AUDIT_LOG", by=(NAME,)):
    """Write an admission rule."""
    attestors = {"requireAttestationsBy": list(by)} if mode == "REQUIRE_ATTESTATION" else {}
    return {"evaluationMode": mode, "enforcementMode": enforced, **attestors}


def policy(default=None, patterns=(), **more):
    """Write a policy."""
    return {
        "name": f"{PROJECT}/policy",
        "globalPolicyEvaluationMode": "ENABLE",
        "admissionWhitelistPatterns": [{"namePattern": each} for each in patterns],
        "defaultAdmissionRule": default or rule(),
        **more,
    }


def signed(key, content, key_id=None):
    """Write one signature."""
    return {"signature": encode(key.sign(content)), "publicKeyId": key_id or key.key_id}


def occurrence(content=None, image=IMAGE, key=SIGNER, signatures=None, **more):
    """Write an attestation as Container Analysis gives it back."""
    content = payload.write(image) if content is None else content
    return {
        "name": f"{PROJECT}/occurrences/1",
        "resourceUri": f"https://{image}",
        "noteName": NOTE,
        "kind": "ATTESTATION",
        "createTime": "2026-11-24T10:00:00Z",
        "updateTime": "2026-11-24T10:00:00Z",
        "attestation": {
            "serializedPayload": encode(content),
            "signatures": [signed(key, content)] if signatures is None else signatures,
        },
        **more,
    }


def said(**changes):
    """Write a payload with changes, `type` or `digest` or `more`."""
    values = json.loads(payload.write(IMAGE))
    critical = values["critical"]
    critical["type"] = changes.get("type", critical["type"])
    digest = changes.get("digest", DIGEST)
    critical["image"]["docker-manifest-digest"] = digest
    return json.dumps(values | changes.get("more", {})).encode()


def changed(values, path, value):
    """Copy a document with one value replaced, or taken out if it is None."""
    copied = copy.deepcopy(values)
    *way, last = path
    inside = copied
    for step in way:
        inside = inside[step]
    if value is None:
        del inside[last]
    else:
        inside[last] = value
    return copied


@contextmanager
def answering(*answers):
    """Serve prepared answers, one after the other and the last again; yields URL and requests.

    An answer is a body to be written as JSON, or a whole response.
    """
    seen = []

    async def answer(request):
        seen.append((request.method, str(request.rel_url), dict(request.headers)))
        given = answers[min(len(seen), len(answers)) - 1]
        if callable(given):
            return given()
        return web.json_response(given)

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", answer)
    with serving(app) as url:
        yield f"{url}/{{service}}", seen
