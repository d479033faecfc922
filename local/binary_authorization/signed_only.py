"""The cloud's rule on this machine: what the release attests may run, by the planned policy."""

import json
from collections.abc import Iterable
from contextlib import AbstractContextManager, ExitStack
from typing import Self

from deploy.binary_authorization import admission, attestation
from deploy.binary_authorization.admission import Decision, Deployment, Project
from deploy.binary_authorization.attestation import Attested
from deploy.binary_authorization.attestor import Attestor
from deploy.binary_authorization.attestors import Attestors
from deploy.binary_authorization.notes import Notes
from deploy.binary_authorization.signer import KEY_ID, CloudKms
from deploy.google import Google
from deploy.reference import Reference, RefusedError
from local.binary_authorization import planned, translation
from local.binary_authorization.service import Service
from local.binary_authorization.translation import Resource
from local.serving import serving


class SignedOnly(AbstractContextManager["SignedOnly"]):
    """The running APIs, and the admission that follows from what they hold."""

    def __init__(self, service: Service, resources: Iterable[Resource]) -> None:
        """Take policy and attestor from what Terraform made.

        Args:
            service: holds the keys that the attestor names.
            resources: as `planned.resources` gives them.

        Raises:
            LocalError, UnreadableError: they cannot be judged.
        """
        resources = list(resources)
        self.service = service
        values = translation.attestor(resources)
        self._attestor = Attestor.of(values)
        self.service.attestors[self._attestor.name] = values
        self._policy = json.dumps(translation.policy(resources))
        # What cannot be judged ends the release before it begins.
        self._project()
        self._exits = ExitStack()
        self._url = ""

    @classmethod
    def planned(cls) -> Self:
        """Let Terraform make policy, attestor and key.

        Raises:
            LocalError, UnreadableError: it cannot, or what it made cannot be judged.
        """
        service = Service()
        return cls(service, planned.resources(service.make_key))

    def __enter__(self) -> Self:
        self._url = self._exits.enter_context(serving(self.service.application()))
        return self

    def __exit__(self, *_exception: object) -> None:
        self._exits.close()

    def attest(self, image: Reference) -> Attested:
        """Attest an image that was verified, with the newest key, through the APIs.

        Raises:
            GoogleError, RefusedError: it was not attested.
        """
        google = Google(self.service.token, f"{self._url}/{{service}}")
        newest = self._attestor.user_owned_grafeas_note.public_keys[-1].id
        signer = CloudKms(google, newest.removeprefix(KEY_ID.format("")))
        name = self._attestor.name
        return attestation.attest(image, name, signer, Attestors(google), Notes(google))

    def decide(self, image: str) -> Decision:
        """Decide as Cloud Run would when a revision with this image is made."""
        return admission.admit(Deployment(image=image), self._project())

    def admit(self, image: Reference) -> None:
        """Let an image run.

        Raises:
            RefusedError: it may not.
        """
        decision = self.decide(str(image))
        if not decision.admitted:
            raise RefusedError(f"{image.service}: not admitted: {decision.reason}")

    def _project(self) -> Project:
        attestors = json.dumps({"attestors": list(self.service.attestors.values())})
        occurrences = json.dumps({"occurrences": self.service.occurrences})
        return Project.of(self._policy, attestors, occurrences)
