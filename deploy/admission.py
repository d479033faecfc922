"""The last gate: the container tools' own policy, which pulls nothing that our key did not sign.

It knows no certificates, and cosign knows no repositories: an image has to pass both.
Source: https://github.com/containers/image/blob/main/docs/containers-policy.json.5.md
"""

import base64
import hashlib
import json
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.reference import Reference, RefusedError
from deploy.surroundings import surroundings

POLICY = Path(__file__).parent.parent / "policies" / "containers-policy.json"
TIMEOUT_S = 300
LOOPBACK = ("127.0.0.1:", "localhost:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """The key pair of the pull policy; a deployment has the public half alone."""

    public_key: Path
    private_key: Path | None = None
    passphrase: Path | None = None
    """The file with it."""


@dataclass(frozen=True, slots=True)
class Skopeo:
    """The program, with the policy that it obeys written to a folder."""

    program: Path
    folder: Path

    def __post_init__(self) -> None:
        """Say that signatures are in the registry, beside the images."""
        self._attachments.mkdir(parents=True, exist_ok=True)
        text = "default-docker:\n  use-sigstore-attachments: true\n"
        (self._attachments / "default.yaml").write_text(text, "utf-8")

    @property
    def _attachments(self) -> Path:
        return self.folder / "registries.d"

    def make_key(self, name: str) -> Key:
        """Make a key pair for one run."""
        passphrase = self.folder / f"{name}.passphrase"
        passphrase.touch(mode=0o600)
        passphrase.write_text(os.urandom(24).hex(), "ascii")
        prefix = self.folder / name
        arguments = [f"--output-prefix={prefix}", f"--passphrase-file={passphrase}"]
        self._run("generate-sigstore-key", *arguments)
        return Key(
            public_key=Path(f"{prefix}.pub"),
            private_key=Path(f"{prefix}.private"),
            passphrase=passphrase,
        )

    def push(self, layout: Path, image: Reference, key: Key | None) -> None:
        """Push an OCI layout's image under its digest, signed with a key."""
        signed = []
        if key:
            signed = [
                f"--sign-by-sigstore-private-key={key.private_key}",
                f"--sign-passphrase-file={key.passphrase}",
            ]
        flags = [f"--registries.d={self._attachments}", "--insecure-policy"]
        copy = ["copy", "--preserve-digests", *_plain("dest", image), *signed]
        self._run(*flags, *copy, f"oci:{layout}", f"docker://{image}")

    def pull(self, image: Reference, repositories: list[str], key: Key, layout: Path) -> None:
        """Pull an image into a new OCI layout, if the policy allows it.

        Raises:
            RefusedError: it is from no repository of ours, or our key did not sign it for this one.
        """
        if image.repository not in repositories:
            # The policy's own rule counts for everything below a repository too.
            raise RefusedError(f"{image.service}: nothing may be deployed from {image.repository}")
        if layout.exists():
            raise RefusedError(f"{image.service}: {layout.name} holds another image already")
        with tempfile.TemporaryDirectory(dir=self.folder) as private:
            policy, pulled = Path(private, "policy.json"), Path(private, "pulled")
            policy.write_text(json.dumps(policy_for(repositories, key.public_key)), "utf-8")
            flags = [f"--policy={policy}", f"--registries.d={self._attachments}"]
            copy = ["copy", "--preserve-digests", *_plain("src", image)]
            try:
                self._run(*flags, *copy, f"docker://{image}", f"dir:{pulled}")
            except SkopeoError as exc:
                raise RefusedError(f"{image.service}: {_reason(str(exc), image)}") from exc
            _refuse_another(image, pulled)
            _refuse_tags(image, pulled)
            local = ["copy", "--preserve-digests", "--remove-signatures"]
            self._run("--insecure-policy", *local, f"dir:{pulled}", f"oci:{layout}")

    def _run(self, *arguments: str) -> None:
        try:
            done = subprocess.run(
                [str(self.program), *arguments],
                env=surroundings(),
                capture_output=True,
                text=True,
                errors="replace",
                timeout=TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as exc:
            raise SkopeoError(f"skopeo could not be run: {exc}") from exc
        if done.returncode:
            raise SkopeoError(done.stderr.strip() or f"skopeo ended with {done.returncode}")


class SkopeoError(Exception):
    """skopeo did not do it; the text is what it said."""


def policy_for(repositories: list[str], public_key: Path) -> dict[str, Any]:
    """Fill the shipped policy in: reject everything, but what the key signed for a repository."""
    policy: dict[str, Any] = json.loads(POLICY.read_text("utf-8"))
    (rule,) = policy["transports"]["docker"].values()
    rule = [{**demand, "keyPath": str(public_key)} for demand in rule]
    policy["transports"]["docker"] = dict.fromkeys(repositories, rule)
    return policy


def _refuse_another(image: Reference, pulled: Path) -> None:
    """Refuse what is not the very image: of a list of images, one for this machine is pulled."""
    digest = hashlib.sha256((pulled / "manifest.json").read_bytes()).hexdigest()
    if image.digest != f"sha256:{digest}":
        raise RefusedError(f"{image.service}: the digest names a list of images, not one")


def _refuse_tags(image: Reference, pulled: Path) -> None:
    """Refuse an image that has a signature made for a tag: our release makes none.

    The signatures are those that came with the image and that the policy has judged.
    """
    paths = sorted(pulled.glob("signature-*"))
    if not paths:
        raise RefusedError(f"{image.service}: a signature cannot be read: none came with it")
    for path in paths:
        try:
            # A line that names the kind, and then JSON.
            held = json.loads(path.read_bytes().partition(b"\n")[2])
            claims = json.loads(base64.b64decode(held["payload"]))
            named = str(claims["critical"]["identity"]["docker-reference"])
        except (ValueError, KeyError, TypeError, RecursionError) as exc:
            raise RefusedError(f"{image.service}: a signature cannot be read") from exc
        if ":" in named.partition("@")[0].rpartition("/")[2]:
            raise RefusedError(f"{image.service}: a signature was made for {named!r}, a tag")


def _plain(side: str, image: Reference) -> list[str]:
    """Speak HTTP to a registry on loopback; to any other, never."""
    local = image.repository.startswith(LOOPBACK)
    return [f"--{side}-tls-verify=false"] if local else []


def _reason(words: str, image: Reference) -> str:
    """Say in our words why the policy refused; skopeo's last line where we do not know it."""
    for pattern, reason in _REASONS:
        if found := re.search(pattern, words):
            return reason.format(*found.groups(), repository=image.repository)
    return f"not pulled: {words.splitlines()[-1][:300]}"


_REASONS = (
    (r"A signature was required, but no signature exists", "our key did not sign it"),
    (r"signature verification failed", "another key signed it"),
    (r"is rejected by policy", "nothing may be deployed from {repository}"),
    (r'Signature for identity \W*"([^"\\]*)', "it was signed as {0} and copied to {repository}"),
    (r"Signature for digest (\S+) does not match", "its signature was made for {0}"),
    (r"manifest unknown", "the registry does not have it"),
)
