"""Where the function runs, who may push to it, and the limits of a delivery."""

from collections.abc import Mapping
from dataclasses import dataclass

from servicekit.identity import IdentitySettings
from servicekit.settings import Environment
from servicekit.trace_settings import TraceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The function's environment, checked."""

    project_id: str
    dataset: str
    table_name: str
    quarantine_table_name: str
    identity: IdentitySettings
    """`callers` holds the push subscription's identity."""
    subscriptions: frozenset[str]
    """Full names of the subscriptions whose pushes are ours."""
    replay_subscriptions: frozenset[str]
    """Full names of those through which operators send messages again."""
    delivery_deadline_s: float
    """From the arrival of a message to our answer, with every retry. Below the acknowledgement
    deadline, or a second delivery starts beside the first; at most 8 s, since Cloud Run kills an
    instance 10 s after SIGTERM."""
    batch_linger_s: float
    """How long the first message of a batch waits for company."""
    threads: int
    """Requests at a time, and so rows of a batch: each waits for its own. Cloud Run's concurrency
    must be the same number, since more requests would queue unseen."""
    bigquery_emulator_url: str | None
    traces: TraceSettings | None
    """None is the usual: no traces."""

    @classmethod
    def from_env(cls, variables: Mapping[str, str]) -> "Settings":
        """Read the environment.

        Raises:
            SettingsError: naming every variable that is missing or wrong.
        """
        env = Environment(variables)
        emulator = env.optional("BIGQUERY_EMULATOR_HOST")
        table = env.text("TABLE_NAME", "example_table", pattern=r"\w{1,1000}")
        subscriptions = frozenset(env.words("SUBSCRIPTIONS"))
        replays = frozenset[str]()
        if env.optional("REPLAY_SUBSCRIPTIONS"):
            replays = frozenset(env.words("REPLAY_SUBSCRIPTIONS"))
        for name, found in (("SUBSCRIPTIONS", subscriptions), ("REPLAY_SUBSCRIPTIONS", replays)):
            if any(not it.startswith("projects/") or "/subscriptions/" not in it for it in found):
                env.complain(f"{name} must be of the form projects/P/subscriptions/S")
        if subscriptions & replays:
            # Else whoever publishes could say whose message a row is of.
            env.complain("REPLAY_SUBSCRIPTIONS must name none of SUBSCRIPTIONS")
        # Processes would not share their batches.
        env.number("WORKERS", 1, minimum=1, maximum=1)
        settings = cls(
            project_id=env.text("PROJECT_ID", pattern=r"[a-z][a-z0-9-]{4,28}[a-z0-9]"),
            dataset=env.text("DATASET", "analytics_dataset", pattern=r"\w{1,1024}"),
            table_name=table,
            quarantine_table_name=env.text(
                "QUARANTINE_TABLE_NAME", f"{table}_quarantine", pattern=r"\w{1,1024}"
            ),
            identity=IdentitySettings.read(env),
            subscriptions=subscriptions,
            replay_subscriptions=replays,
            delivery_deadline_s=env.duration_s(
                "DELIVERY_DEADLINE", "8s", minimum="100ms", maximum="8s"
            ),
            batch_linger_s=env.duration_s("BATCH_LINGER", "3ms", minimum="0ms", maximum="1s"),
            threads=env.number("THREADS", 64, minimum=1, maximum=1000),
            bigquery_emulator_url=env.url("BIGQUERY_EMULATOR_HOST") if emulator else None,
            traces=TraceSettings.read(env),
        )
        env.check()
        return settings
