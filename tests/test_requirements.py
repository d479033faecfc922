"""The locks: hashes for everything, no package index by name, one version of a thing everywhere."""

import re
import subprocess

import pytest

from gates import locks
from local.layout import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def pins(name):
    """Each package's versions; a lock may have more than one, for different Pythons."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    found = {}
    for package, version in re.findall(r"^([a-z0-9._-]+(?:\[\w+\])?)==(\S+)", text, re.MULTILINE):
        found.setdefault(package.split("[")[0], set()).add(version)
    return found


def test_every_input_has_its_lock():
    inputs = {path.stem for path in (ROOT / "requirements").glob("*.in")}
    assert inputs == {path.stem for path in LOCKS}
    assert inputs >= {"api", "function", "dev", "emulators", "gates"}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_every_package_is_pinned_by_hash(lock):
    entries = re.split(r"\n(?=[a-z0-9])", lock.read_text("utf-8"))
    entries = [entry for entry in entries if not entry.startswith("#")]
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9._-]+(\[\w+\])?==\S+", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]
    # Nothing stands between them that pip would install, too.
    assert len(list(locks.pins(lock.read_text("utf-8")))) == len(entries)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_no_lock_names_an_index_or_a_path(lock):
    text = lock.read_text("utf-8")
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links|file:|@ ", text)


def test_an_installation_takes_what_the_lock_names_and_resolves_nothing():
    """Asked to resolve, pip prefers a release younger than the lock, which has no hash there."""
    names = ("", "-emulators", "-emulators-second", "-gates", "-terraform")
    environments = [f".venv{name}" for name in names]
    planned = subprocess.run(
        ["make", "--dry-run", "--always-make", *(f"{name}/.ready" for name in environments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = planned.stdout.replace("\\\n", " ").splitlines()
    installs = [line for line in lines if " pip install " in line]
    assert len(installs) == len(environments)
    for line in installs:
        assert "--require-hashes --no-deps" in " ".join(line.split()), line


@pytest.mark.parametrize("service", ["api", "function", "traces"])
def test_development_runs_what_the_services_run(service):
    dev = pins("dev")
    for package, versions in pins(service).items():
        assert dev[package] == versions, package


@pytest.mark.parametrize(
    ("one", "other"), [("api", "function"), ("api", "traces"), ("function", "traces")]
)
def test_what_an_image_may_hold_is_of_one_version_everywhere(one, other):
    ours, theirs = pins(one), pins(other)
    both = ours.keys() & theirs
    assert len(both) > 5
    assert {name: ours[name] for name in both} == {name: theirs[name] for name in both}


@pytest.mark.parametrize("service", ["api", "function"])
def test_no_service_holds_what_makes_traces_unless_it_is_asked_to(service):
    made = {name for name in pins("traces") if name.startswith("opentelemetry")}
    assert made > {"opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"}
    # Google's own client declares the interfaces.
    assert made & pins(service).keys() == {"opentelemetry-api"}
