"""One release on this machine, from the Dockerfile to the demo on what was deployed."""

import json
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from deploy import scanning, signing, verification
from deploy.admission import Key, Skopeo
from deploy.cosign import Cosign, Keyless, KeyPair, Signing
from deploy.reference import Reference
from deploy.verification import Demands
from images import engine
from images.build import SOURCE, build_all
from images.layout import TARGETS, commit
from local import demo
from local.binary_authorization.signed_only import SignedOnly
from local.containers import Containers
from local.release import workflow_identity
from local.release.registry import Registry, tool
from local.release.sigstore import Sigstore
from local.release.workflow_identity import WorkflowRun
from toolchain.install import TamperedError, ToolError, install, pins


@dataclass
class Timing:
    """How long each step took, in seconds."""

    steps: list[tuple[str, float]] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure one step."""
        started = time.monotonic()
        yield
        self.steps.append((name, time.monotonic() - started))


def release(pubsub: str, console: Console) -> int:
    """Build, scan, push, sign, verify, attest, deploy, demonstrate; return the demo's exit status.

    Raises:
        ImageError, GateError, CosignError, GoogleError, RefusedError, LocalError: a step failed or
            refused.
    """
    timing, runner = Timing(), engine.choose()
    revision = commit()
    with ExitStack() as exits:
        folder = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="release-")))
        with timing.step("plan what may run"):
            signed_only = exits.enter_context(SignedOnly.planned())
        with timing.step("build, look into, list"):
            images = build_all(runner, console.print)
        with timing.step("scan"):
            scans = scanning.scan(images, folder, console.print)
        with timing.step("start registry and Sigstore"):
            registry = exits.enter_context(Registry(folder / "registry"))
            skopeo = Skopeo(tool("skopeo"), folder)
            key = skopeo.make_key("release")
            cosign, how = _signing(revision, key, folder, exits, console)

        def publish(target: str) -> str:
            image = Reference(f"{registry.address}/{TARGETS[target]}", images[target].image.digest)
            built = images[target]
            skopeo.push(built.image.folder, image, key)
            documents = signing.Documents(
                bill_of_materials=built.bill_of_materials,
                provenance=built.provenance,
                scan=scans[target],
            )
            signing.sign(cosign, image, how, revision, documents)
            demands = Demands(
                commit=revision,
                source=SOURCE,
                bill_of_materials=json.loads(built.bill_of_materials.read_text("utf-8")),
                local_parts=True,
            )
            verification.verify(cosign, image, how, demands)
            signed_only.attest(image)
            signed_only.admit(image)
            console.print(f"attested and admitted: {image}")
            skopeo.pull(image, [image.repository], key, folder / target)
            console.print(f"deployed: {image}")
            return runner.load(folder / target)

        with timing.step("push, sign, verify, attest, admit, pull"), ThreadPoolExecutor() as pool:
            deployed = dict(zip(TARGETS, pool.map(publish, TARGETS), strict=True))
        with timing.step("demo on what was deployed"):
            status = demo.run(pubsub, console, Containers(runner, deployed))
    _print(timing, console)
    return status


def _signing(
    revision: str, key: Key, folder: Path, exits: ExitStack, console: Console
) -> tuple[Cosign, Signing]:
    """Sign as a workflow's run does; with a key where Sigstore's servers cannot be built."""
    run = WorkflowRun(commit=revision)
    try:
        sigstore = exits.enter_context(Sigstore(folder / "sigstore"))
        cosign = install(pins()["cosign"])
    except TamperedError:
        raise
    except ToolError as exc:
        console.print(f"signing: with a KEY PAIR, which tells nobody who signed: {exc}")
        secret = key.passphrase.read_text("ascii") if key.passphrase else ""
        own = Cosign(tool("cosign"), {"COSIGN_PASSWORD": secret})
        return own, KeyPair(key=key.private_key or key.public_key, public_key=key.public_key)
    console.print(f"signing: keyless, as {run.identity}")
    how = Keyless(
        identity=run.identity,
        issuer=sigstore.issuer_url,
        trusted_root=sigstore.trust.trusted_root,
        signing_config=sigstore.trust.signing_config,
    )
    return Cosign(cosign, workflow_identity.environment(sigstore.issuer_url, run)), how


def _print(timing: Timing, console: Console) -> None:
    table = Table(title="How long it took", title_justify="left")
    table.add_column("step")
    table.add_column("seconds", justify="right")
    for name, seconds in timing.steps:
        table.add_row(name, f"{seconds:.1f}")
    table.add_row("all", f"{sum(seconds for _, seconds in timing.steps):.1f}")
    console.print(table)
