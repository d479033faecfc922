"""The commands: 0 well, 1 found, 2 not seen, and what one job hands to the next."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from deploy.google import Google
from deploy.jobs import pipeline
from deploy.nightly import __main__ as command
from deploy.nightly import comparison, freshness, issue, layouts, rescan
from deploy.nightly.deployed import Deployed
from deploy.nightly.drift import Difference, Drift
from deploy.nightly.errors import NotSeenError
from deploy.nightly.issues import Issues
from deploy.nightly.layouts import FOLDER
from deploy.plans.refusal import PlanRefusedError, Reason, Refusal
from deploy.plans.root import TerraformError
from gates.trivy.report import GateError
from local.serving import serving
from tests.deploy.nightly.test_serving import CANARY, TOKEN, CloudRun, container
from tests.deploy.nightly.tracker import Tracker

REGISTRY = "europe-west1-docker.pkg.dev/acme-data/images"
OURS = f"{REGISTRY}/data-api@sha256:{'a' * 64}"
NONE = Deployed(services=0, images=(), strange=())
DRIFT = Drift(looked_at=21, differences=(Difference(address="google_x.y", what="gone"),))


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command as a job does; gives how it ended, its outputs and its summary."""
    (tmp_path / "terraform").mkdir()
    given = {"project_id": "acme-data", "foundation": {"registry": REGISTRY}}
    (tmp_path / "terraform" / "foundation.auto.tfvars.json").write_text(json.dumps(given), "utf-8")
    monkeypatch.setattr(pipeline, "HOME", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/pipeline")
    monkeypatch.setenv("PROJECT_ID", "acme-data")
    monkeypatch.setenv("SEEN_AT", freshness.written(datetime.now(UTC)))
    files = {name: tmp_path / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for name, path in files.items():
        path.touch()
        monkeypatch.setenv(name, str(path))

    def start(*arguments, **environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        ended = CliRunner().invoke(command.main, arguments)
        output, summary = (path.read_text("utf-8") for path in files.values())
        return ended, dict(line.split("=", 1) for line in output.splitlines()), summary

    return start


@pytest.fixture
def cloud(monkeypatch):
    """A project with these services; images are pulled elsewhere."""
    pulled = []

    def pull(images, token):
        assert token == TOKEN
        pulled.extend(map(str, images))
        FOLDER.mkdir(parents=True)
        return iter(["x: not pulled: \x1b[2J"] if "x" in pulled else [])

    monkeypatch.setattr(layouts, "pull", pull)

    def start(*services, **more):
        served = serving(CloudRun(services, **more).application())
        url = served.__enter__()
        started.append(served)
        monkeypatch.setattr(command, "Google", partial(Google, endpoint=f"{url}/{{service}}"))
        return pulled

    started = []
    yield start
    for served in started:
        served.__exit__(None, None, None)


def test_what_runs_is_pulled_and_handed_over(run, cloud, tmp_path):
    plain = {"name": CANARY["name"], "template": container(OURS)}
    pulled = cloud(plain, {**plain, "name": f"{CANARY['name']}-2"})
    ended, told, _ = run("deployed")
    assert ended.exit_code == 0, ended.output
    assert pulled == [OURS]
    seen = Deployed.model_validate_json(told["deployed"])
    assert (seen.services, [each.image for each in seen.images]) == (2, [OURS])
    assert (tmp_path / FOLDER / "deployed.json").read_text("utf-8") == told["deployed"]
    assert "acme-data: 2 services, 1 images" in ended.output


def test_a_stranger_is_handed_over_for_the_judgement(run, cloud):
    cloud({"name": CANARY["name"], "template": container("docker.io/library/x:latest")})
    ended, told, _ = run("deployed")
    assert ended.exit_code == 0, ended.output
    (line,) = Deployed.model_validate_json(told["deployed"]).strange
    assert line in ended.output
    assert "data-api in europe-west1, the template: docker.io/library/x:latest" in line


def test_a_project_without_services_has_nothing_to_judge(run, cloud, tmp_path):
    cloud()
    ended, told, _ = run("deployed")
    assert (ended.exit_code, told["deployed"]) == (0, NONE.model_dump_json())
    freshness.check(told["seen_at"], datetime.now(UTC))
    assert (tmp_path / FOLDER / "deployed.json").exists(), "an artifact of nothing is an error"


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"GOOGLE_OAUTH_ACCESS_TOKEN": "of-somebody"}, "HTTP 401"),
        ({"GOOGLE_OAUTH_ACCESS_TOKEN": ""}, "GOOGLE_OAUTH_ACCESS_TOKEN is not set"),
        ({"PROJECT_ID": "other"}, "is of acme-data, not of other"),
        ({"PROJECT_ID": ""}, "PROJECT_ID is not set"),
    ],
)
def test_what_could_not_be_asked_is_handed_over_to_nobody(run, cloud, environment, said):
    cloud(CANARY)
    ended, told, _ = run("deployed", **environment)
    assert (ended.exit_code, told) == (2, {})
    assert said in ended.output
    assert "of-somebody" not in ended.output


def test_a_hand_over_without_a_registry_makes_nothing_ours(run, cloud, tmp_path):
    cloud(CANARY)
    path = tmp_path / "terraform" / "foundation.auto.tfvars.json"
    path.write_text('{"project_id": "acme-data", "foundation": {"registry": ""}}', "utf-8")
    ended, told, _ = run("deployed")
    assert (ended.exit_code, told) == (2, {})
    assert "names no registry" in ended.output


HANDED = json.dumps(
    {"services": 1, "images": [{"image": OURS, "used_by": ["x"]}], "strange": ["bad: \x1b[2J"]}
)


class Judge:
    """Sees no finding, or not whether there is one."""

    advisories = SimpleNamespace(note="advisories of today")
    open = rescan.Judge.open


def test_an_image_that_is_not_there_is_not_judged_and_hides_no_finding(run, monkeypatch):
    """An empty artifact although services run."""
    monkeypatch.setattr(rescan, "today", Judge)
    ended, _, summary = run("rescan", DEPLOYED=HANDED)
    assert ended.exit_code == 2
    for said in (ended.output, summary):
        assert f"not seen: {OURS}: it runs, and was not handed over to be scanned" in said
        assert "bad: ?[2J" in said
        assert "1 findings, 1 not seen" in said


@pytest.mark.parametrize("command", ["rescan", "drift-issue"])
@pytest.mark.parametrize("age", [timedelta(days=1), timedelta(days=-1), None])
def test_what_was_seen_another_day_is_not_judged_by(run, tracker, command, age):
    """As "Re-run failed jobs" would, and could close what a later night opened."""
    tracker.put(issue.body(DRIFT))
    seen_at = freshness.written(datetime.now(UTC) - age) if age else "then"
    handed = {"DEPLOYED": HANDED, "DRIFT": comparison.NOTHING.model_dump_json()}
    ended, _, _ = run(command, SEEN_AT=seen_at, **handed)
    assert ended.exit_code == 2
    assert "not seen: " in ended.output
    assert tracker.asked == []


def test_a_finding_is_status_1_in_the_log_and_the_summary(run, monkeypatch):
    monkeypatch.setattr(Judge, "open", lambda *_: ())
    monkeypatch.setattr(rescan, "today", Judge)
    ended, _, summary = run("rescan", DEPLOYED=HANDED)
    assert ended.exit_code == 1
    assert "bad: ?[2J" in ended.output
    assert "    bad: ?[2J" in summary
    assert "1 images of 1 services, advisories of today, 1 findings, 0 not seen" in summary


def test_without_services_there_is_nothing_to_judge(run):
    ended, _, summary = run("rescan", DEPLOYED=NONE.model_dump_json())
    assert ended.exit_code == 0
    assert "no service is deployed" in summary


@pytest.mark.parametrize("raw", ["", "{}", "[]", '{"services": 1, "images": [], "strange": []}'])
def test_nothing_handed_over_is_no_pass(run, raw):
    ended, _, _ = run("rescan", DEPLOYED=raw)
    assert ended.exit_code == 2


def test_advisories_that_cannot_be_had_are_no_pass(run, monkeypatch):
    def today():
        raise GateError("no network")

    monkeypatch.setattr(rescan, "today", today)
    ended, _, _ = run("rescan", DEPLOYED=HANDED)
    assert (ended.exit_code, ended.output) == (2, "not seen: no network\n")


@pytest.mark.parametrize("drift", [DRIFT, comparison.NOTHING, Drift(looked_at=2, differences=())])
def test_drift_is_handed_over_and_shown(run, monkeypatch, drift):
    """Whether it is bad, the job says that keeps the issue."""
    monkeypatch.setattr(comparison, "compare", lambda _: drift)
    ended, told, summary = run("drift")
    assert (ended.exit_code, told["drift"]) == (0, drift.model_dump_json())
    freshness.check(told["seen_at"], datetime.now(UTC))
    assert ("nothing is deployed yet" in summary) == (not drift.looked_at)
    assert ("google_x.y" in summary) == ("google_x.y" in ended.output) == bool(drift.differences)


SECRET = "hunter2"
FAILED = [
    (NotSeenError("a lock"), "not seen: a lock"),
    (TerraformError("Error: x\n  with y"), "not seen: Error: x?  with y"),
    (PlanRefusedError([Refusal(Reason.UNREADABLE, "x", "y")]), "not seen: unreadable: x: y"),
    (
        PlanRefusedError([Refusal(Reason.ACTION, f'google_x.y["user:{SECRET}@x.y"]', "z")]),
        'google_x.y["..."]: z',
    ),
    (KeyError(SECRET), "the look itself failed: KeyError"),
]


@pytest.mark.parametrize(("failure", "said"), FAILED)
def test_a_look_that_failed_hands_nothing_over(run, monkeypatch, failure, said):
    def compare(_job):
        raise failure

    monkeypatch.setattr(comparison, "compare", compare)
    ended, told, summary = run("drift")
    assert (ended.exit_code, told, summary) == (2, {}, "")
    assert said in ended.output
    assert SECRET not in ended.output


@pytest.fixture
def tracker(monkeypatch):
    tracker = Tracker()
    with serving(tracker.application()) as url:
        monkeypatch.setattr(command, "Issues", partial(Issues, address=url))
        monkeypatch.setenv("GITHUB_TOKEN", "of-the-run")
        yield tracker


def test_drift_makes_the_run_fail_once_the_issue_is_there(run, tracker):
    for said in ("opened: issue 1\n", ""):
        ended, _, _ = run("drift-issue", DRIFT=DRIFT.model_dump_json())
        assert (ended.exit_code, ended.output) == (1, said)
    ended, _, _ = run("drift-issue", DRIFT=comparison.NOTHING.model_dump_json())
    assert (ended.exit_code, ended.output) == (0, "closed: issue 1\n")


@pytest.mark.parametrize("raw", ["", "{}", "null", '{"looked_at": 0}'])
def test_a_look_that_was_not_handed_over_leaves_the_issue(run, tracker, raw):
    tracker.put(issue.body(DRIFT))
    ended, _, _ = run("drift-issue", DRIFT=raw)
    assert ended.exit_code == 2
    assert tracker.asked == []


def test_an_issue_that_could_not_be_kept_is_not_seen(run, tracker):
    ended, _, _ = run("drift-issue", DRIFT=DRIFT.model_dump_json(), GITHUB_TOKEN="nobodys")
    assert ended.exit_code == 2
    assert "not seen: GET issues: GitHub answered 401" in ended.output
    assert "nobodys" not in ended.output
