"""Names, accounts and addresses of the local pipeline: what Terraform decides in the cloud."""

import os
import secrets
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
FOLDER = Path(os.environ.get("PIPELINE_FOLDER") or ROOT / ".local")
"""Logs and the running stack's state."""

PROJECT = "local-pipeline"
DATASET = "analytics_dataset"
TABLE = "example_table"
QUARANTINE_TABLE = f"{TABLE}_quarantine"
TOPIC = f"projects/{PROJECT}/topics/data-ingest-topic"
SUBSCRIPTION = f"projects/{PROJECT}/subscriptions/data-ingest-subscription"
DEAD_LETTER_TOPIC = f"projects/{PROJECT}/topics/data-ingest-dead-letter"
DEAD_LETTER_SUBSCRIPTION = f"projects/{PROJECT}/subscriptions/data-ingest-dead-letter"
REPLAY_TOPIC = f"projects/{PROJECT}/topics/data-ingest-replay"
REPLAY_SUBSCRIPTION = f"projects/{PROJECT}/subscriptions/data-ingest-replay"
API_AUDIENCE = "https://data-api.local"
FUNCTION_AUDIENCE = "https://pubsub-to-bigquery.local"
READER = f"reader@{PROJECT}.iam.gserviceaccount.com"
PUSHER = f"pubsub-push@{PROJECT}.iam.gserviceaccount.com"
STRANGER = f"stranger@{PROJECT}.iam.gserviceaccount.com"
FIRST_FREE, FIRST_EPHEMERAL = 10_000, 32_768
"""Source of the second: ip_local_port_range in the kernel's networking/ip-sysctl.rst"""
ACK_DEADLINE_S = 10
MAX_DELIVERY_ATTEMPTS = 5
FUNCTION_THREADS = 64


class LocalError(Exception):
    """Something on this machine is missing or in the way; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where on loopback everything listens."""

    api: int = 8080
    function: int = 8081
    issuer: int = 8082
    signer: int = 8083
    api_service: int = 8084
    pubsub: int = 8085
    function_service: int = 8086
    bigquery: int = 9050
    bigquery_grpc: int = 9060

    @classmethod
    def fixed(cls) -> "Ports":
        """Take the usual ports, each changed by a variable such as `API_PORT`.

        Raises:
            LocalError: naming the ports that are taken and the variables that move them.
        """
        ports = cls(
            **{
                name: int(os.environ.get(f"{name.upper()}_PORT") or default)
                for name, default in asdict(cls()).items()
            }
        )
        taken = [name for name, port in asdict(ports).items() if not _is_free(port)]
        if taken:
            hints = (f"{getattr(ports, name)} (move it with {name.upper()}_PORT)" for name in taken)
            raise LocalError(f"taken ports: {', '.join(hints)}; or end what holds them: make down")
        return ports

    @classmethod
    def free(cls) -> "Ports":
        """Take ports that nobody uses now."""
        names = list(asdict(cls()))
        return cls(**dict(zip(names, free_ports(len(names)), strict=True)))

    def url(self, name: str) -> str:
        """Write the address of one of them as a URL."""
        return f"http://127.0.0.1:{getattr(self, name)}"


def api_environment(ports: Ports, **changes: str) -> dict[str, str]:
    """Write data-api's environment as Cloud Run would set it, behind IAM."""
    return _service_environment("data-api", ports, ports.api_service) | {
        "AUDIENCES": API_AUDIENCE,
        "ALLOWED_CALLERS": READER,
        **changes,
    }


def function_environment(ports: Ports, **changes: str) -> dict[str, str]:
    """Write the function's environment as Cloud Run would set it, behind IAM."""
    return _service_environment("pubsub-to-bigquery", ports, ports.function_service) | {
        "AUDIENCES": FUNCTION_AUDIENCE,
        "ALLOWED_CALLERS": PUSHER,
        "SUBSCRIPTIONS": SUBSCRIPTION,
        "REPLAY_SUBSCRIPTIONS": REPLAY_SUBSCRIPTION,
        "THREADS": str(FUNCTION_THREADS),
        **changes,
    }


def _service_environment(name: str, ports: Ports, port: int) -> dict[str, str]:
    return {
        "K_SERVICE": name,
        "INGRESS": "private",
        "AUTH_MODE": "iam",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "PROJECT_ID": PROJECT,
        "DATASET": DATASET,
        "TABLE_NAME": TABLE,
        # The two things that are elsewhere on this machine than in the cloud.
        "KEYS_URL": f"{ports.url('issuer')}/oauth2/v3/certs",
        "BIGQUERY_EMULATOR_HOST": ports.url("bigquery"),
    }


def free_ports(count: int) -> list[int]:
    """Take ports that nobody uses now, all different.

    They are below the range from which the kernel takes the ports of outgoing connections: one of
    those could take a port between now and its use.
    """
    held: list[socket.socket] = []
    while len(held) < count:
        with suppress(OSError):
            port = FIRST_FREE + secrets.randbelow(FIRST_EPHEMERAL - FIRST_FREE)
            held.append(socket.create_server(("127.0.0.1", port)))
    ports: list[int] = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def addresses(ports: Ports) -> dict[str, Any]:
    """Tell scripts where everything is and what it is called."""
    return {
        "project": PROJECT,
        "topic": TOPIC,
        "subscription": SUBSCRIPTION,
        "dead_letter_subscription": DEAD_LETTER_SUBSCRIPTION,
        "table": f"{PROJECT}.{DATASET}.{TABLE}",
        "api": ports.url("api"),
        "function": ports.url("function"),
        "issuer": ports.url("issuer"),
        "api_service": ports.url("api_service"),
        "function_service": ports.url("function_service"),
        "pubsub_emulator_host": f"127.0.0.1:{ports.pubsub}",
        "bigquery_emulator_host": ports.url("bigquery"),
        "audiences": {"api": API_AUDIENCE, "function": FUNCTION_AUDIENCE},
        "accounts": {"reader": READER, "push": PUSHER, "stranger": STRANGER},
    }
