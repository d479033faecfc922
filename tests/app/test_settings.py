"""data-api starts with a right environment, or not at all and says why in one message."""

import pytest

from app.settings import Settings
from servicekit.settings import SettingsError
from tests.app.doubles import AUDIENCE, READER, SECOND_READER, environment


def test_what_is_not_said_is_safe():
    settings = Settings.from_env(environment(DATASET=None, TABLE_NAME=None, CACHE_TTL=None))
    assert (settings.dataset, settings.table_name) == ("analytics_dataset", "example_table")
    assert settings.identity.mode == "verify"
    assert settings.identity.keys_url == "https://www.googleapis.com/oauth2/v3/certs"
    assert settings.default_lookback_s == 7 * 86_400
    assert settings.dedup_window_s == 86_400
    assert settings.cache_ttl_s == 2
    assert settings.query_timeout_s == 5
    assert settings.max_bytes_billed == 1 << 30
    assert settings.rate_limit_per_minute == 600
    assert settings.bigquery_emulator_url is None


def test_a_complete_environment_is_read():
    settings = Settings.from_env(
        {
            "PROJECT_ID": "my-project-1",
            "DATASET": "my_dataset",
            "TABLE_NAME": "my_table",
            "AUTH_MODE": "iam",
            "K_SERVICE": "data-api",
            "INGRESS": "private",
            "AUDIENCES": f"{AUDIENCE}, https://second.test",
            "ALLOWED_CALLERS": f"{READER}, {SECOND_READER}",
            "SMOKE_CALLERS": SECOND_READER,
            "KEYS_URL": "http://127.0.0.1:8082/certs",
            "DEFAULT_LOOKBACK": "30d",
            "DEDUP_WINDOW": "0s",
            "CACHE_TTL": "500ms",
            "QUERY_TIMEOUT": "8s",
            "MAX_BYTES_BILLED": "10485760",
            "RATE_LIMIT_PER_MINUTE": "1",
            "BIGQUERY_EMULATOR_HOST": "http://127.0.0.1:9050",
            "SOMETHING_ELSE": "is nobody's business",
        }
    )
    assert (settings.project_id, settings.dataset) == ("my-project-1", "my_dataset")
    assert settings.table_name == "my_table"
    assert settings.identity.mode == "iam"
    assert settings.identity.audiences == (AUDIENCE, "https://second.test")
    assert settings.identity.callers == {READER, SECOND_READER}
    assert settings.identity.keys_url == "http://127.0.0.1:8082/certs"
    assert settings.smoke_callers == {SECOND_READER}
    assert settings.default_lookback_s == 30 * 86_400
    assert settings.dedup_window_s == 0
    assert settings.cache_ttl_s == 0.5
    assert settings.query_timeout_s == 8
    assert settings.max_bytes_billed == 10 << 20
    assert settings.rate_limit_per_minute == 1
    assert settings.bigquery_emulator_url == "http://127.0.0.1:9050"


WRONG = [
    ("PROJECT_ID", None),
    ("PROJECT_ID", ""),
    ("PROJECT_ID", "UPPER-case"),
    ("PROJECT_ID", "1-project"),
    ("PROJECT_ID", "short"),
    ("PROJECT_ID", "ends-with-"),
    ("PROJECT_ID", "a" * 31),
    ("PROJECT_ID", "my-project\n"),
    ("PROJECT_ID", "my`project"),
    ("PROJECT_ID", "my-project.other"),
    ("DATASET", "a.b"),
    ("DATASET", "a`b"),
    ("DATASET", "a-b"),
    ("DATASET", "a b"),
    ("DATASET", "a\n"),
    ("DATASET", "a" * 1025),
    ("TABLE_NAME", "t`; DROP TABLE x; --"),
    ("TABLE_NAME", "a.b"),
    ("TABLE_NAME", "t*"),
    ("TABLE_NAME", "t$20260101"),
    ("TABLE_NAME", "t@-1"),
    ("AUDIENCES", None),
    ("AUDIENCES", " , "),
    ("ALLOWED_CALLERS", None),
    ("ALLOWED_CALLERS", ","),
    ("AUTH_MODE", "none"),
    ("AUTH_MODE", "iam"),
    ("KEYS_URL", "http://keys.example.com/"),
    ("BIGQUERY_EMULATOR_HOST", "http://10.0.0.1:9050"),
    ("BIGQUERY_EMULATOR_HOST", "127.0.0.1:9050"),
    ("DEFAULT_LOOKBACK", "0s"),
    ("DEFAULT_LOOKBACK", "59s"),
    ("DEFAULT_LOOKBACK", "367d"),
    ("DEFAULT_LOOKBACK", "forever"),
    ("DEDUP_WINDOW", "32d"),
    ("DEDUP_WINDOW", "1"),
    ("CACHE_TTL", "6m"),
    ("CACHE_TTL", "-1s"),
    ("QUERY_TIMEOUT", "99ms"),
    ("QUERY_TIMEOUT", "9s"),
    ("MAX_BYTES_BILLED", "0"),
    ("MAX_BYTES_BILLED", "10485759"),
    ("MAX_BYTES_BILLED", "1e9"),
    ("MAX_BYTES_BILLED", "9" * 18),
    ("RATE_LIMIT_PER_MINUTE", "0"),
    ("RATE_LIMIT_PER_MINUTE", "-1"),
    ("RATE_LIMIT_PER_MINUTE", "10000001"),
    ("RATE_LIMIT_PER_MINUTE", "many"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_variable_is_named_and_no_other(name, value):
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(environment(**{name: value}))
    assert [other for other in {name for name, _ in WRONG} if other in str(caught.value)] == [name]


def test_all_complaints_come_in_one_message():
    wrong = {name: value for name, value in WRONG if value is not None}
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(environment(**wrong))
    assert "\n" not in str(caught.value)
    assert all(name in str(caught.value) for name in wrong)
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({})
    assert all(name in str(caught.value) for name in ("PROJECT_ID", "AUDIENCES", "ALLOWED_CALLERS"))
