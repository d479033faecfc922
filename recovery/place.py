"""The pipeline that is recovered: its names, and the clients that reach it."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from google.cloud import bigquery
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

from local import bigquery as emulator
from local import control, layout, messaging
from recovery.errors import RecoveryError


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A pipeline in the cloud, or one on emulators, named as Terraform names it."""

    project: str
    dataset: str = layout.DATASET
    pubsub_emulator: str | None = None
    """`host:port`."""
    bigquery_emulator: str | None = None
    """URL."""

    @classmethod
    def find(cls, project: str | None, env: Mapping[str, str] = os.environ) -> "Place":
        """Take a project, with the caller's own credentials, or else the running local pipeline.

        Raises:
            RecoveryError: that is no project, or one service would be an emulator and the other
                Google's.
            LocalError: there is no project, and nothing runs here.
        """
        if not project:
            state = control.running()
            return cls(
                project=state["project"],
                pubsub_emulator=state["pubsub_emulator_host"],
                bigquery_emulator=state["bigquery_emulator_host"],
            )
        if not re.fullmatch(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", project):
            raise RecoveryError("a project's id is 6 to 30 small letters, digits and hyphens")
        names = ("PUBSUB_EMULATOR_HOST", "BIGQUERY_EMULATOR_HOST")
        pubsub, tables = (env.get(name) or None for name in names)
        if bool(pubsub) != bool(tables):
            raise RecoveryError(f"set both of {' and '.join(names)}, or none of them")
        return cls(project=project, pubsub_emulator=pubsub, bigquery_emulator=tables)

    @property
    def subscription(self) -> str:
        """The subscription that feeds the function."""
        return self._named(layout.SUBSCRIPTION)

    @property
    def dead_letters(self) -> str:
        """The subscription that keeps what could not be delivered."""
        return self._named(layout.DEAD_LETTER_SUBSCRIPTION)

    @property
    def replay_topic(self) -> str:
        """Where operators publish what shall be tried again."""
        return self._named(layout.REPLAY_TOPIC)

    @property
    def replay_subscription(self) -> str:
        """What feeds the function with it."""
        return self._named(layout.REPLAY_SUBSCRIPTION)

    def table(self, name: str) -> str:
        """Write a table's full name."""
        return f"{self.project}.{self.dataset}.{name}"

    def publisher(self) -> PublisherClient:
        """Connect to publish."""
        host = self.pubsub_emulator
        return messaging.publisher(host) if host else PublisherClient()

    def subscriber(self) -> SubscriberClient:
        """Connect to pull and to seek."""
        host = self.pubsub_emulator
        return messaging.subscriber(host) if host else SubscriberClient()

    def bigquery(self) -> bigquery.Client:
        """Connect to the tables."""
        url = self.bigquery_emulator
        return emulator.connect(url) if url else bigquery.Client(project=self.project)

    def _named(self, local: str) -> str:
        return local.replace(f"projects/{layout.PROJECT}/", f"projects/{self.project}/")
