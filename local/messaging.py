"""The Pub/Sub emulator, its topics and the push subscription that Terraform makes in the cloud."""

import shutil
import sys
from contextlib import suppress
from pathlib import Path

import grpc
from google.api_core.exceptions import AlreadyExists
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient
from google.cloud.pubsub_v1.types import BatchSettings
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from local import layout
from local.layout import LocalError, Ports

KINDS = ("embedded", "google")
RETRY_POLICY = {"minimum_backoff": {"seconds": 1}, "maximum_backoff": {"seconds": 10}}


def google_emulator() -> Path | None:
    """Find Google's emulator, which needs the Cloud SDK's component and Java."""
    gcloud = shutil.which("gcloud")
    if gcloud is None or shutil.which("java") is None:
        return None
    sdk = Path(gcloud).resolve().parent.parent
    program = sdk / "platform" / "pubsub-emulator" / "bin" / "cloud-pubsub-emulator"
    return program if program.exists() else None


def choose(kind: str | None) -> str:
    """Settle on `embedded` or `google`; without a choice, on Google's where it is there.

    Raises:
        LocalError: the chosen one is not one of them, or is not installed.
    """
    if kind is None:
        return "google" if google_emulator() else "embedded"
    if kind not in KINDS:
        raise LocalError(f"DEMO_PUBSUB must be one of {', '.join(KINDS)}")
    if kind == "google" and google_emulator() is None:
        raise LocalError(
            "Google's Pub/Sub emulator is not installed: install Java and "
            "`gcloud components install pubsub-emulator`, or use DEMO_PUBSUB=embedded"
        )
    return kind


def command(kind: str, ports: Ports) -> list[str]:
    """Write the emulator's command line."""
    if kind == "google":
        return [str(google_emulator()), "--host=127.0.0.1", f"--port={ports.pubsub}"]
    return [
        sys.executable,
        "-m",
        "local.pubsub",
        f"--port={ports.pubsub}",
        f"--issuer={ports.url('issuer')}",
    ]


def publisher(host: str) -> PublisherClient:
    """Connect to an emulator at `host:port` as the standard client does by environment."""
    return PublisherClient(
        batch_settings=BatchSettings(max_messages=500, max_latency=0.005),
        transport=PublisherGrpcTransport(channel=_channel(host)),
    )


def subscriber(host: str) -> SubscriberClient:
    """Connect to an emulator at `host:port`."""
    return SubscriberClient(transport=SubscriberGrpcTransport(channel=_channel(host)))


def _channel(host: str) -> grpc.Channel:
    # As the standard client does: gRPC's own limit of 4 MB is below Pub/Sub's of 10 MB.
    return grpc.insecure_channel(host, options=[("grpc.max_receive_message_length", -1)])


def create_subscription(kind: str, ports: Ports, max_delivery_attempts: int) -> None:
    """Make topic, push subscription and dead letters, as in the cloud.

    Google's emulator signs nothing, so its pushes take the way through the signer.
    """
    host = f"127.0.0.1:{ports.pubsub}"
    endpoint = ports.url("signer" if kind == "google" else "function")
    with publisher(host) as topics, subscriber(host) as subscriptions:
        for topic in (layout.TOPIC, layout.REPLAY_TOPIC, layout.DEAD_LETTER_TOPIC):
            with suppress(AlreadyExists):
                topics.create_topic(name=topic)
        with suppress(AlreadyExists):
            subscriptions.create_subscription(
                name=layout.DEAD_LETTER_SUBSCRIPTION, topic=layout.DEAD_LETTER_TOPIC
            )
        for name, topic in (
            (layout.SUBSCRIPTION, layout.TOPIC),
            (layout.REPLAY_SUBSCRIPTION, layout.REPLAY_TOPIC),
        ):
            with suppress(AlreadyExists):
                subscriptions.create_subscription(
                    {
                        "name": name,
                        "topic": topic,
                        "ack_deadline_seconds": layout.ACK_DEADLINE_S,
                        "push_config": {
                            "push_endpoint": f"{endpoint}/",
                            "oidc_token": {
                                "service_account_email": layout.PUSHER,
                                "audience": layout.FUNCTION_AUDIENCE,
                            },
                        },
                        "dead_letter_policy": {
                            "dead_letter_topic": layout.DEAD_LETTER_TOPIC,
                            "max_delivery_attempts": max_delivery_attempts,
                        },
                        # With one, Google's emulator (0.8.20) never delivers again what failed for
                        # some seconds: half of 300 messages in each of four trials.
                        **({} if kind == "google" else {"retry_policy": RETRY_POLICY}),
                    }
                )
