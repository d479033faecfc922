"""A whole project on loopback, as bootstrap leaves it: what the release is run against."""

import asyncio
import json
import secrets
import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from threading import Lock
from typing import Any, Self

from aiohttp import web

from access.federation import Provider
from access.grants import opened
from deploy.plans.first import Stage
from deploy.plans.root import Root
from deploy.reference import Reference
from local.binary_authorization import planned
from local.binary_authorization.service import Service
from local.binary_authorization.signed_only import SignedOnly
from local.caller import mint
from local.layout import READER, Ports
from local.release.registry import Registry as Distribution
from local.release.sigstore import Sigstore
from local.serving import serving
from local.stack import Stack
from rehearsal import attachment, executable, facts, terraform
from rehearsal.deployment.cloud_run import CloudRun
from rehearsal.deployment.google import GitHub, Google
from rehearsal.deployment.identities import Identities
from rehearsal.deployment.network import Handler, Network
from rehearsal.deployment.permits import Permits
from rehearsal.deployment.registry import Registry
from rehearsal.deployment.storage import Storage
from rehearsal.errors import RehearsalError
from rehearsal.knowledge import PROJECT_NUMBER
from rehearsal.origin import Kind, Origin
from rehearsal.records import Resource
from rehearsal.world import World

HANDOVER = "terraform/foundation.auto.tfvars.json"
CALLERS = "terraform/callers.auto.tfvars.json"
STATE = "pipeline/default.tfstate"
PROVIDER = "google_iam_workload_identity_pool_provider"
APIS = ("binaryauthorization", "cloudkms", "containeranalysis", "monitoring", "pubsub")


class Cloud(AbstractContextManager["Cloud"]):
    """Everything that runs; leaving the context ends it."""

    def __init__(self, tree: Path, folder: Path) -> None:
        """Run for the roots of `tree`, and keep everything in `folder`, which is this run's own."""
        self.permits, self.github = Permits(), GitHub()
        self.world = World(folder / "world")
        self._tree, self._folder = tree, folder
        self._exits = ExitStack()
        self._starting = Lock()
        self._stack: Stack | None = None
        self.on_state: Callable[[], None] = lambda: None
        """Is called when the cloud has done what was applied and the state is about to say so, on a
        thread of its own."""

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
        service, enter = Service(), self._exits.enter_context
        values = planned.applied(service.make_key)
        resources = values["root_module"]["resources"]
        outputs = {name: each["value"] for name, each in values["outputs"].items()}
        self.variables: Mapping[str, str] = outputs["github"]
        self.foundation: Mapping[str, Any] = outputs["pipeline_variables"]
        self.signed_only = enter(SignedOnly(service, resources))
        attestations = enter(serving(service.application()))
        self.sigstore = enter(Sigstore(self._folder / "sigstore"))
        distribution = enter(Distribution(self._folder / "registry"))
        self.cloud_run = enter(
            CloudRun(lambda: self.stack, self.world, self._folder / "revisions", self._objection)
        )
        self.storage = self._buckets()
        self.identities = self._identities(resources)
        google = Google(
            self.permits,
            attestations,
            service.token,
            lambda: self.stack.ports.pubsub,
            self.cloud_run.figures,
        )
        host = self.variables["IMAGES"].partition("/")[0]
        registry = Registry(self.permits, distribution.address, host)
        hosts: dict[str, Handler] = {
            **{f"{name}.googleapis.com": google.answer for name in APIS},
            "storage.googleapis.com": self.storage.answer,
            "sts.googleapis.com": self.identities.sts,
            "iamcredentials.googleapis.com": self.identities.accounts,
            "token.actions.githubusercontent.com": self.identities.github,
            "api.github.com": self.github.answer,
            host: registry.answer,
        }
        self.network = enter(Network(self._folder / "network", hosts))
        self._provider = enter(self._terraform())
        self._of_a_person()

    @property
    def stack(self) -> Stack:
        """The local pipeline, started by whoever needs it first."""
        with self._starting:
            if self._stack is None:
                stack = Stack(Ports.free(), pubsub="embedded", folder=self._folder / "stack")
                self._stack = self._exits.enter_context(stack)
            return self._stack

    def _buckets(self) -> Storage:
        names = {
            self.variables["STATE_BUCKET"]: "pipeline-state",
            self.variables["PLANS_BUCKET"]: "plans",
        }
        storage = Storage(self.permits, names)
        storage.before = self._before
        return storage

    def _identities(self, resources: list[dict[str, Any]]) -> Identities:
        found = [
            Resource(each["address"], each["type"], each["name"], each.get("index"), each["values"])
            for each in resources
            if each["mode"] == "managed"
        ]
        (provider,) = [each for each in found if each.type == PROVIDER]
        # Google's issuer, whose keys the pipeline trusts, runs beside it.
        made = Identities(
            self.permits,
            Provider.of(provider, PROJECT_NUMBER),
            opened(found),
            lambda email, audience: mint(self.stack.ports.url("issuer"), email, audience),
        )
        made.sigstore = self.sigstore.issuer_url
        return made

    def _terraform(self) -> AbstractContextManager[dict[str, str]]:
        private = self._folder / "provider"
        private.mkdir(mode=0o700)
        (private / "cli.tfrc").write_text(Origin(Kind.REHEARSAL).configuration(), "utf-8")
        schema = facts.named_in(terraform.sources(self._tree))
        return attachment.provider(private, schema, self.world.folder)

    def adopted(self) -> dict[str, str]:
        """Give the files that an adopter commits: what bootstrap hands over, and who calls."""
        callers = {"callers": [f"serviceAccount:{READER}"]}
        return {HANDOVER: json.dumps(self.foundation), CALLERS: json.dumps(callers)}

    def environment(self) -> dict[str, str]:
        """Send the jobs' processes here."""
        trust = self.sigstore.trust
        return {
            **self.network.environment(),
            **self._provider,
            "TF_CLI_CONFIG_FILE": str(self._folder / "provider" / "cli.tfrc"),
            "SIGSTORE_TRUSTED_ROOT": str(trust.trusted_root),
            "SIGSTORE_SIGNING_CONFIG": str(trust.signing_config),
            "SIGSTORE_ISSUER": self.sigstore.issuer_url,
        }

    def deploy(self, images: Mapping[str, str]) -> None:
        """Deploy images as an earlier release left them, by the way that a person would take.

        Raises:
            TerraformError: it failed.
        """
        for image in images.values():
            self.signed_only.attest(Reference.parse(image))
        saved = self._folder / "person" / "saved"
        root = self._of_a_person()
        root.plan(Stage.OPENING.variables(images), saved)
        root.apply(saved)

    def _of_a_person(self) -> Root:
        """Initialize the pipeline's root as a person did once: it puts the empty state down."""
        folder, token = self._folder / "person", secrets.token_hex(16)
        without = shutil.ignore_patterns(*terraform.LEFT_OUT)
        for part in terraform.FOLDERS:
            shutil.copytree(self._tree / part, folder / part, ignore=without, dirs_exist_ok=True)
        for path, text in self.adopted().items():
            (folder / path).write_text(text, "utf-8")
        self.permits.hand_out(token, "release-apply")
        environment = executable.inherited(folder) | self.environment()
        environment |= {"GOOGLE_OAUTH_ACCESS_TOKEN": token}
        root = Root(folder / "terraform", executable.find().path, environment)
        root.initialize(self.variables["STATE_BUCKET"])
        return root

    def _objection(self, image: str) -> str:
        decision = self.signed_only.decide(image)
        return "" if decision.admitted else f"{image}: {decision.reason}"

    async def _before(self, bucket: str, name: str, content: bytes) -> bytes:
        """Let the cloud do what was applied before the state says so."""
        if (bucket, name) == (self.variables["STATE_BUCKET"], STATE):
            await asyncio.to_thread(self.cloud_run.obey)
            try:
                await asyncio.to_thread(self.on_state)
            except RehearsalError as exc:
                raise web.HTTPServiceUnavailable(text=str(exc)) from exc
        return self.tampered(name, content)

    tampered: Callable[[str, bytes], bytes] = staticmethod(lambda _name, content: content)
    """Somebody who may write to the buckets and changes what is put there."""
