"""gunicorn serves data-api within what Cloud Run gives it."""

import runpy

import pytest

from local.layout import ROOT


@pytest.fixture
def configure(monkeypatch):
    """Run the configuration file under an environment."""

    def configure(**variables):
        for name in ("HOST", "PORT", "WORKERS", "THREADS"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "app" / "gunicorn_conf.py"))

    return configure


def test_it_listens_where_cloud_run_says(configure):
    assert configure(PORT="9999")["bind"] == "0.0.0.0:9999"
    assert configure()["bind"] == "0.0.0.0:8080"
    assert configure(HOST="127.0.0.1", PORT="8084")["bind"] == "127.0.0.1:8084"


def test_it_ends_before_cloud_run_kills_it(configure):
    """Cloud Run does so 10 s after SIGTERM."""
    assert configure()["graceful_timeout"] < 10


def test_one_process_shares_cache_and_rate_limit_unless_told_otherwise(configure):
    assert (configure()["workers"], configure()["threads"]) == (1, 16)
    more = configure(WORKERS="2", THREADS="32")
    assert (more["workers"], more["threads"], more["worker_class"]) == (2, 32, "gthread")


def test_it_writes_no_access_log(configure):
    """Cloud Run does; ours would be a line that nobody checks for what callers send."""
    assert configure()["accesslog"] is None


def test_it_serves_the_application_that_the_environment_describes(configure):
    assert configure()["wsgi_app"] == "app.server:from_environment()"
