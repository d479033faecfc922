"""A private Sigstore on loopback, of the real servers, so that signing is what it is elsewhere.

Fulcio gives certificates to workflow runs and enters them into a certificate transparency log
(TesseraCT); Rekor logs signatures; a timestamp authority says when they were made. An organisation
that wants no public log runs the same parts.
"""

import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import requests
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from local.issuer import Issuer
from local.layout import LocalError, free_ports
from local.processes import Child
from local.release.workflow_identity import application
from local.serving import serving
from toolchain.install import install, pins

PARTS = ("cosign", "fulcio", "tesseract", "rekor", "timestamp-server")
PORTS = 8
READY_TIMEOUT_S = 30.0
COMMAND_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Trust:
    """What signing and verifying need to know of a Sigstore."""

    trusted_root: Path
    """The keys and certificates to believe, as cosign's `--trusted-root` wants them."""
    signing_config: Path
    """Where to ask for certificates, log entries and timestamps."""


class Sigstore:
    """The running servers; leaving the context ends them."""

    def __init__(self, folder: Path) -> None:
        """Keep keys, logs and documents in `folder`, which has to be private to this run."""
        self.trust = Trust(folder / "trusted_root.json", folder / "signing_config.json")
        self.issuer_url = ""
        """The issuer of the workflow runs' tokens that production would trust."""
        self.other_issuer_url = ""
        """One that this Fulcio knows too, and that no verification accepts."""
        self._folder = folder
        self._programs = {name: str(install(pins()[name])) for name in PARTS}
        self._exits = ExitStack()
        # All at once, since a part is told of another's before that one listens.
        self._ports = iter(free_ports(PORTS))

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._exits.close()
            raise
        return self

    def __exit__(self, *_exception: object) -> None:
        self._exits.close()

    def _start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self.issuer_url = self._exits.enter_context(serving(application(Issuer())))
        self.other_issuer_url = self._exits.enter_context(serving(application(Issuer())))
        self._write_key("ct", ec.generate_private_key(ec.SECP256R1()))
        self._write_key("rekor", ed25519.Ed25519PrivateKey.generate())
        log_port = next(self._ports)
        fulcio = self._fulcio(log_port)
        self._certificate_log(log_port)
        rekor = self._rekor()
        stamps = self._timestamps()
        self._documents(fulcio, f"http://127.0.0.1:{log_port}", rekor, stamps)

    def _fulcio(self, log_port: int) -> str:
        port = next(self._ports)
        known = "".join(
            f"  {url}:\n    issuer-url: {url}\n    client-id: sigstore\n    type: github-workflow\n"
            for url in (self.issuer_url, self.other_issuer_url)
        )
        config = self._folder / "fulcio.yaml"
        config.write_text(f"oidc-issuers:\n{known}", "utf-8")
        url = f"http://127.0.0.1:{port}"
        child = self._child(
            "fulcio",
            *("serve", "--ca=ephemeralca", f"--config-path={config}"),
            f"--ct-log-url=http://127.0.0.1:{log_port}",
            f"--ct-log-public-key-path={self._folder / 'ct.pub'}",
            *("--host=127.0.0.1", f"--port={port}", "--grpc-host=127.0.0.1"),
            # Its usual name is one for the whole machine: a second Fulcio would not start.
            f"--legacy-unix-domain-socket=@fulcio-{port}",
            *(f"--grpc-port={next(self._ports)}", f"--metrics-port={next(self._ports)}"),
        )
        self._fetch(child, f"{url}/api/v1/rootCert", "root.pem")
        return url

    def _certificate_log(self, port: int) -> None:
        # It logs what the certificate authority before it signed, so it needs its root.
        child = self._child(
            "tesseract",
            f"--private_key={self._folder / 'ct.key'}",
            *("--origin=ct.local", f"--storage_dir={self._folder / 'ct'}"),
            f"--http_endpoint=127.0.0.1:{port}",
            f"--roots_pem_file={self._folder / 'root.pem'}",
            *("--checkpoint_interval=100ms", "--batch_max_age=20ms"),
        )
        _wait(child, lambda: requests.get(f"http://127.0.0.1:{port}/", timeout=2).status_code > 0)

    def _rekor(self) -> str:
        port = next(self._ports)
        child = self._child(
            "rekor",
            *("serve", f"--signer-filepath={self._folder / 'rekor.key'}"),
            *("--hostname=127.0.0.1", f"--storage-dir={self._folder / 'rekor'}"),
            *(f"--http-port={port}", f"--grpc-port={next(self._ports)}"),
            *(
                f"--http-metrics-port={next(self._ports)}",
                "--checkpoint-interval=100ms",
                "--batch-max-age=20ms",
            ),
        )
        url = f"http://127.0.0.1:{port}"
        _wait(child, lambda: requests.get(f"{url}/healthz", timeout=2).status_code > 0)
        return url

    def _timestamps(self) -> str:
        port = next(self._ports)
        child = self._child(
            "timestamp-server",
            *("serve", "--host=127.0.0.1", f"--port={port}", "--timestamp-signer=memory"),
            "--disable-ntp-monitoring",
        )
        url = f"http://127.0.0.1:{port}/api/v1/timestamp"
        self._fetch(child, f"{url}/certchain", "tsa.pem")
        return url

    def _documents(self, fulcio: str, log: str, rekor: str, stamps: str) -> None:
        """Write what cosign has to believe and whom it has to ask."""
        start = datetime.now(UTC).replace(hour=0, minute=0, second=0).strftime("%Y-%m-%dT%H:%M:%SZ")
        folder = self._folder
        self._cosign(
            *("trusted-root", "create", f"--out={self.trust.trusted_root}"),
            f"--fulcio=url={fulcio},certificate-chain={folder}/root.pem,start-time={start}",
            f"--ctfe=url={log},public-key={folder}/ct.pub,start-time={start}",
            f"--rekor=url={rekor},public-key={folder}/rekor.pub,start-time={start},"
            "origin=127.0.0.1",
            f"--tsa=url={stamps},certificate-chain={folder}/tsa.pem",
        )
        common = f"api-version=1,start-time={start},operator=local"
        self._cosign(
            *("signing-config", "create", f"--out={self.trust.signing_config}"),
            f"--fulcio=url={fulcio},{common}",
            f"--rekor=url={rekor},{common.replace('api-version=1', 'api-version=2')}",
            f"--tsa=url={stamps},{common}",
            f"--oidc-provider=url={self.issuer_url},{common}",
            *("--rekor-config=ANY", "--tsa-config=ANY"),
        )

    def _write_key(
        self, name: str, key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
    ) -> None:
        # Each server reads the form that is usual for its kind of key, and no other.
        elliptic = isinstance(key, ec.EllipticCurvePrivateKey)
        form = PrivateFormat.TraditionalOpenSSL if elliptic else PrivateFormat.PKCS8
        private = key.private_bytes(Encoding.PEM, form, NoEncryption())
        path = self._folder / f"{name}.key"
        path.touch(mode=0o600)
        path.write_bytes(private)
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (self._folder / f"{name}.pub").write_bytes(public)

    def _child(self, name: str, *arguments: str) -> Child:
        log_path = self._folder / f"{name}.log"
        child = Child(name, [self._programs[name], *arguments], log_path)
        return self._exits.enter_context(child)

    def _fetch(self, child: Child, url: str, name: str) -> None:
        """Wait until a server shows its certificate, and keep it."""

        def fetched() -> bool:
            answer = requests.get(url, timeout=2)
            answer.raise_for_status()
            (self._folder / name).write_text(answer.text, "ascii")
            return True

        _wait(child, fetched)

    def _cosign(self, *arguments: str) -> None:
        done = subprocess.run(
            [self._programs["cosign"], *arguments],
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )
        if done.returncode:
            raise LocalError(f"cosign {arguments[0]} failed: {done.stderr.strip()[-500:]}")


def _wait(child: Child, ready: Callable[[], bool]) -> None:
    def asked() -> bool:
        try:
            return ready()
        except requests.RequestException:
            return False

    child.wait_until(asked, READY_TIMEOUT_S)
