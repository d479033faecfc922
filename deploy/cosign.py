"""cosign, with the flags of keyless signing or of a key pair; what is asked of it is elsewhere."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.reference import Reference
from deploy.surroundings import surroundings

TIMEOUT_S = 120


class CosignError(Exception):
    """cosign did not do it; the text is what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyless:
    """The certificate of the workflow run that signs, and the logs that say so.

    Without `trusted_root` and `signing_config` it is the public Sigstore.
    """

    identity: str
    """Whose signature counts: the workflow, with its branch."""
    issuer: str
    """Who said so of it: the token issuer's URL."""
    trusted_root: Path | None = None
    signing_config: Path | None = None

    def signs_with(self) -> list[str]:
        """Write the flags of signing."""
        config = [f"--signing-config={self.signing_config}"] if self.signing_config else []
        return [*self._trust(), *config]

    def verifies_with(self, commit: str) -> list[str]:
        """Write the flags of verifying what a run for a commit signed."""
        return [
            *self._trust(),
            f"--certificate-identity={self.identity}",
            f"--certificate-oidc-issuer={self.issuer}",
            f"--certificate-github-workflow-sha={commit}",
            "--certificate-github-workflow-trigger=push",
        ]

    def _trust(self) -> list[str]:
        return [f"--trusted-root={self.trusted_root}"] if self.trusted_root else []


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """A key pair, where no certificate can be had: nothing tells then which run signed, or when."""

    key: Path
    public_key: Path

    def signs_with(self) -> list[str]:
        """Write the flags of signing, with Debian's cosign 2."""
        return [f"--key={self.key}", "--tlog-upload=false"]

    def verifies_with(self, _commit: str) -> list[str]:
        """Write the flags of verifying."""
        return [f"--key={self.public_key}", "--insecure-ignore-tlog=true"]


Signing = Keyless | KeyPair


@dataclass(frozen=True, slots=True)
class Cosign:
    """The program, and what its environment holds: a run's token request, a key's password."""

    program: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def sign(self, image: Reference, how: Signing, annotations: Mapping[str, str]) -> None:
        """Sign an image."""
        notes = [f"--annotations={name}={value}" for name, value in annotations.items()]
        self._run("sign", "--yes", *how.signs_with(), *notes, str(image))

    def attest(self, image: Reference, how: Signing, kind: str, predicate: Path) -> None:
        """Attach a signed statement about an image."""
        flags = [f"--type={kind}", f"--predicate={predicate}"]
        self._run("attest", "--yes", *how.signs_with(), *flags, str(image))

    def verify(
        self, image: Reference, how: Signing, commit: str, annotations: Mapping[str, str]
    ) -> str:
        """Verify an image's signature; return what cosign says of it."""
        notes = [f"--annotations={name}={value}" for name, value in annotations.items()]
        return self._run("verify", *how.verifies_with(commit), *notes, str(image))

    def attested(self, image: Reference, how: Signing, commit: str, kind: str) -> list[str]:
        """Verify an image's statements of a kind; return their DSSE envelopes as JSON."""
        flags = [*how.verifies_with(commit), f"--type={kind}"]
        return self._run("verify-attestation", *flags, str(image)).splitlines()

    def sign_blob(self, file: Path, how: Keyless, bundle: Path) -> None:
        """Sign a file; the bundle holds signature, certificate and log entry."""
        self._run("sign-blob", "--yes", *how.signs_with(), f"--bundle={bundle}", str(file))

    def attest_blob(
        self, file: Path, how: Keyless, kind: str, predicate: Path, bundle: Path
    ) -> None:
        """Write a signed statement about a file into a bundle."""
        flags = [f"--type={kind}", f"--predicate={predicate}", f"--bundle={bundle}"]
        self._run("attest-blob", "--yes", *how.signs_with(), *flags, str(file))

    def verify_blob(self, file: Path, how: Keyless, commit: str, bundle: Path) -> None:
        """Verify a file's signature."""
        self._run("verify-blob", *how.verifies_with(commit), f"--bundle={bundle}", str(file))

    def verify_blob_attestation(
        self, file: Path, how: Keyless, commit: str, kind: str, bundle: Path
    ) -> None:
        """Verify that a bundle holds a statement of a kind about the file."""
        flags = [*how.verifies_with(commit), f"--type={kind}", f"--bundle={bundle}"]
        self._run("verify-blob-attestation", *flags, str(file))

    def _run(self, *arguments: str) -> str:
        try:
            done = subprocess.run(
                [str(self.program), *arguments],
                env=surroundings(self.environment),
                capture_output=True,
                text=True,
                errors="replace",
                timeout=TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as exc:
            raise CosignError(f"cosign could not be run: {exc}") from exc
        if done.returncode:
            raise CosignError(done.stderr.strip() or f"cosign ended with {done.returncode}")
        return done.stdout.strip()
