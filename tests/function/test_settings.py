"""The function starts with a right environment, or not at all and says why in one message."""

import pytest

from function.settings import Settings
from servicekit.settings import SettingsError
from tests.function_environment import SUBSCRIPTION, environment


def test_what_is_not_said_is_safe():
    settings = Settings.from_env(environment())
    assert settings.identity.mode == "verify"
    assert settings.identity.keys_url == "https://www.googleapis.com/oauth2/v3/certs"
    assert settings.quarantine_table_name == "example_table_quarantine"
    assert (settings.threads, settings.delivery_deadline_s) == (64, 8.0)
    assert settings.bigquery_emulator_url is None
    assert settings.replay_subscriptions == frozenset()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROJECT_ID", None),
        ("PROJECT_ID", "UPPER"),
        ("PROJECT_ID", "a`b; DROP"),
        ("DATASET", "a.b"),
        ("DATASET", "a`b"),
        ("TABLE_NAME", "a-b;"),
        ("QUARANTINE_TABLE_NAME", "a b"),
        ("AUDIENCES", None),
        ("AUDIENCES", " , "),
        ("ALLOWED_CALLERS", None),
        ("SUBSCRIPTIONS", None),
        ("SUBSCRIPTIONS", "data-ingest-subscription"),
        ("REPLAY_SUBSCRIPTIONS", "data-ingest-replay"),
        ("REPLAY_SUBSCRIPTIONS", f"projects/p/subscriptions/s,{SUBSCRIPTION}"),
        ("AUTH_MODE", "none"),
        ("AUTH_MODE", "iam"),
        ("KEYS_URL", "http://keys.example.com/"),
        ("BIGQUERY_EMULATOR_HOST", "http://10.0.0.1:9050"),
        ("WORKERS", "2"),
        ("THREADS", "0"),
        ("THREADS", "many"),
        ("DELIVERY_DEADLINE", "9s"),
        ("DELIVERY_DEADLINE", "8"),
        ("BATCH_LINGER", "2s"),
    ],
)
def test_a_wrong_variable_is_named(name, value):
    with pytest.raises(SettingsError, match=name):
        Settings.from_env(environment(**{name: value}))


def test_all_complaints_come_together():
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({})
    for name in ("PROJECT_ID", "AUDIENCES", "ALLOWED_CALLERS", "SUBSCRIPTIONS"):
        assert name in str(caught.value)
