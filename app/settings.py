"""Where data-api runs, whom it answers to and what a request may cost."""

from collections.abc import Mapping
from dataclasses import dataclass

from servicekit.identity import IdentitySettings
from servicekit.settings import Environment
from servicekit.trace_settings import TraceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The API's environment, checked."""

    project_id: str
    dataset: str
    table_name: str
    identity: IdentitySettings
    smoke_callers: frozenset[str]
    """Of the callers, those that make smoke tests: they read what those published, and no more."""
    default_lookback_s: float
    """How far back a read reaches that names no `since`."""
    dedup_window_s: float
    """How far before `since` an earlier copy of a row is still looked for."""
    cache_ttl_s: float
    """How long identical reads share one query."""
    query_timeout_s: float
    max_bytes_billed: int
    """BigQuery refuses a query that would read more."""
    rate_limit_per_minute: int
    """Requests of one caller to one process."""
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
        settings = cls(
            project_id=env.text("PROJECT_ID", pattern=r"[a-z][a-z0-9-]{4,28}[a-z0-9]"),
            dataset=env.text("DATASET", "analytics_dataset", pattern=r"\w{1,1024}"),
            table_name=env.text("TABLE_NAME", "example_table", pattern=r"\w{1,1024}"),
            identity=IdentitySettings.read(env),
            smoke_callers=frozenset(env.words("SMOKE_CALLERS"))
            if env.optional("SMOKE_CALLERS")
            else frozenset(),
            default_lookback_s=env.duration_s(
                "DEFAULT_LOOKBACK", "7d", minimum="1m", maximum="366d"
            ),
            dedup_window_s=env.duration_s("DEDUP_WINDOW", "1d", minimum="0s", maximum="31d"),
            cache_ttl_s=env.duration_s("CACHE_TTL", "2s", minimum="0s", maximum="5m"),
            query_timeout_s=env.duration_s("QUERY_TIMEOUT", "5s", minimum="100ms", maximum="8s"),
            max_bytes_billed=env.number(
                "MAX_BYTES_BILLED", 1 << 30, minimum=10 << 20, maximum=1 << 50
            ),
            rate_limit_per_minute=env.number(
                "RATE_LIMIT_PER_MINUTE", 600, minimum=1, maximum=10_000_000
            ),
            bigquery_emulator_url=env.url("BIGQUERY_EMULATOR_HOST") if emulator else None,
            traces=TraceSettings.read(env),
        )
        env.check()
        return settings
