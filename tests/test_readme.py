"""README tells the truth: its settings, its map and its commands are those of the tree."""

import json
import re

import pytest

from app.settings import Settings as ApiSettings
from function.settings import Settings as FunctionSettings
from local.layout import ROOT
from monitoring import rules
from monitoring.cases import all_cases

README = (ROOT / "README.md").read_text("utf-8")
ELSEWHERE = {"PORT", "HOST", "K_SERVICE"}
"""Read by the servers, or set by the platform."""


class Recorder(dict):
    """An environment that remembers what it was asked for."""

    def __init__(self, *values, **more):
        super().__init__(*values, **more)
        self.asked = set()

    def get(self, name, default=None):
        self.asked.add(name)
        return super().get(name, default)


def settings_read(settings):
    env = Recorder(
        PROJECT_ID="project-1",
        AUDIENCES="a",
        ALLOWED_CALLERS="b",
        SUBSCRIPTIONS="projects/p/subscriptions/s",
        K_SERVICE="k",
        BIGQUERY_EMULATOR_HOST="http://127.0.0.1:1",
    )
    return settings.from_env(env), env.asked


def table_rows():
    section = README.split("## Settings")[1].split("\n## ")[0]
    return re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| (\w+) \| (.*?) \|", section, re.MULTILINE)


def documented(service):
    return {
        name
        for names, who, _ in table_rows()
        if who in ("both", service)
        for name in re.findall(r"`(\w+)`", names)
    }


@pytest.mark.parametrize(
    ("service", "settings"), [("API", ApiSettings), ("function", FunctionSettings)]
)
def test_every_setting_is_documented_and_no_other(service, settings):
    _, asked = settings_read(settings)
    gunicorn = {"THREADS", "WORKERS"}
    assert asked | gunicorn | ELSEWHERE == documented(service) | ELSEWHERE


@pytest.mark.parametrize(
    ("name", "field"),
    [("DATASET", "dataset"), ("TABLE_NAME", "table_name")],
)
def test_documented_names_are_the_defaults(name, field):
    defaults = {names: default for names, _, default in table_rows()}
    for settings in (ApiSettings, FunctionSettings):
        assert defaults[f"`{name}`"] == f"`{getattr(settings_read(settings)[0], field)}`"


def test_documented_numbers_are_the_defaults():
    defaults = {names: default.strip("`") for names, _, default in table_rows()}
    api, function = settings_read(ApiSettings)[0], settings_read(FunctionSettings)[0]
    assert int(defaults["`RATE_LIMIT_PER_MINUTE`"]) == api.rate_limit_per_minute
    assert int(defaults["`MAX_BYTES_BILLED`"]) == api.max_bytes_billed
    seconds = {"ms": 0.001, "s": 1, "d": 86400}
    for name, value in (
        ("DEFAULT_LOOKBACK", api.default_lookback_s),
        ("DEDUP_WINDOW", api.dedup_window_s),
        ("CACHE_TTL", api.cache_ttl_s),
        ("QUERY_TIMEOUT", api.query_timeout_s),
        ("DELIVERY_DEADLINE", function.delivery_deadline_s),
        ("BATCH_LINGER", function.batch_linger_s),
    ):
        number, unit = re.fullmatch(r"(\d+)(\w+)", defaults[f"`{name}`"]).groups()
        assert int(number) * seconds[unit] == pytest.approx(value), name


def test_every_folder_is_on_the_map_and_no_other():
    section = README.split("## What is where")[1].split("\n## ")[0]
    mapped = {name.split("/")[0] for name in re.findall(r"^\| `([\w./]+)`", section, re.MULTILINE)}
    shown = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] not in "._"}
    assert mapped == shown | {".ci", ".github"}


def test_every_command_of_the_readme_is_a_target():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    commands = set(re.findall(r"make ([a-z][a-z-]*)", README))
    assert commands - targets == set()
    assert {"demo", "test"} <= commands


@pytest.mark.parametrize(
    "name", ["mutation/code.json", "mutation/controls.json", "monitoring/mutation.json"]
)
def test_the_figures_of_mutation_are_those_of_the_report(name):
    report = json.loads((ROOT / name).read_text("utf-8"))
    (row,) = re.findall(rf"^\|.*`{re.escape(name)}`.*\|$", README, re.MULTILINE)
    made, noticed = re.findall(r"\| (\d+)\b", row)
    assert (int(made), int(noticed)) == (report["mutants"], report["killed"])


def test_the_figures_of_alerts_are_those_of_the_rules_and_their_cases():
    alerts = [rule.alert for rule in rules.read().rules]
    cases = all_cases.by_alert()
    proven = [
        name
        for name in alerts
        if any(case.fires for case in cases.get(name, ()))
        and any(case.silent and not case.fires for case in cases.get(name, ()))
    ]
    ((told, whole),) = re.findall(r"^(\d+) of (\d+) alerts have cases", README, re.MULTILINE)
    assert (int(told), int(whole)) == (len(proven), len(alerts))
