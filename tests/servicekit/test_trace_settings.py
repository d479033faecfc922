"""Traces are off until somebody says where they go, and a wrong word of that is named."""

import importlib.util
import subprocess
import sys

import pytest

from local.layout import ROOT
from servicekit import trace_settings
from servicekit.settings import Environment, SettingsError
from servicekit.trace_settings import TraceSettings

ENDPOINT, SHARE = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_SAMPLER_ARG"


def read(**variables):
    env = Environment(variables)
    found = TraceSettings.read(env)
    env.check()
    return found


@pytest.mark.parametrize("variables", [{}, {ENDPOINT: ""}, {SHARE: "1"}])
def test_without_an_endpoint_there_are_none(variables):
    assert read(**variables) is None


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:4318", "https://collector.test/otlp"])
def test_an_endpoint_is_enough(endpoint):
    assert read(**{ENDPOINT: endpoint}) == TraceSettings(endpoint, 0.01)


@pytest.mark.parametrize(
    ("share", "value"), [("0", 0), ("1", 1), ("0.5", 0.5), ("1.0", 1), ("0.000001", 1e-6)]
)
def test_a_share_is_from_nothing_to_all(share, value):
    assert read(**{ENDPOINT: "https://c.test", SHARE: share}).share == value


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({SHARE: "1.1"}, SHARE),
        ({SHARE: "-0.1"}, SHARE),
        ({SHARE: "nan"}, SHARE),
        ({SHARE: "inf"}, SHARE),
        ({SHARE: "1e-3"}, SHARE),
        ({SHARE: "50%"}, SHARE),
        ({SHARE: ".5"}, SHARE),
        ({SHARE: "\u0660.\u0665"}, SHARE),
        ({SHARE: "0.5\n"}, SHARE),
        ({ENDPOINT: "http://collector.test:4318"}, ENDPOINT),
        ({ENDPOINT: "collector:4318"}, ENDPOINT),
        ({ENDPOINT: "file:///tmp/spans"}, ENDPOINT),
    ],
)
def test_what_is_wrong_is_named(variables, named):
    with pytest.raises(SettingsError, match=named):
        read(**variables)


def test_an_image_without_opentelemetry_does_not_start(monkeypatch):
    monkeypatch.setattr(trace_settings, "EXPORTER", "opentelemetry.exporter.nowhere.at_all")
    with pytest.raises(SettingsError, match=r"requirements/traces\.txt"):
        read(**{ENDPOINT: "https://c.test"})


def test_what_is_looked_for_is_what_the_lock_installs():
    assert importlib.util.find_spec(trace_settings.EXPORTER) is not None
    lock = (ROOT / "requirements" / "traces.txt").read_text("utf-8")
    assert "\nopentelemetry-exporter-otlp-proto-http==" in lock


def test_to_read_them_imports_nothing_of_opentelemetry():
    code = "import sys, servicekit.trace_settings; print([m for m in sys.modules if 'telem' in m])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
