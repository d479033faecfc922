"""kill -9 in the middle of an apply: its lock stays, is recovered, and the release ends.

The state is in a bucket, with Terraform's own backend; the cloud is the rehearsal's, and holds its
breath while Terraform dies.
"""

import json
import os
import subprocess
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.plans import lock, rollout, standing, steps
from deploy.plans.lock import LOCK, LockError, Why
from deploy.plans.refusal import PlanRefusedError
from deploy.plans.root import Root, TerraformError
from deploy.plans.standing import StandingError
from deploy.plans.steps import BACK, FINISH, STEPS
from deploy.plans.store import Bucket, MissingError
from rehearsal import terraform
from rehearsal.errors import MissingError as NotInstalledError
from rehearsal.origin import Kind, Origin
from rehearsal.world import LOG
from tests.deploy.plans.rehearsed import GIVEN
from tests.deploy.plans.test_lock import Told
from tests.terraform.project import images

pytestmark = [pytest.mark.timeout(600), pytest.mark.long]


def waiting_at(space, log):
    """Count how often the cloud has a file open."""
    (told, *_) = json.loads(space.environment["TF_REATTACH_PROVIDERS"]).values()
    opened = 0
    for descriptor in Path(f"/proc/{told['Pid']}/fd").iterdir():
        with suppress(FileNotFoundError):
            opened += descriptor.readlink() == log
    return opened


@pytest.fixture
def space(storage, tmp_path):
    """The roots, with the pipeline's state in a bucket."""
    try:
        started = terraform.workspace(used=Origin(Kind.REHEARSAL), world=tmp_path / "world")
    except NotInstalledError as exc:
        pytest.skip(str(exc))
    with started as space:
        host = storage.removeprefix("http://")
        space.environment.update(STORAGE_EMULATOR_HOST=host, GOOGLE_OAUTH_ACCESS_TOKEN="nobodys")
        where = ("-backend-config=bucket=b", "-backend-config=prefix=pipeline")
        terraform.initialize(space, "terraform", *where)
        # What bootstrap hands over lies in the root.
        given = space.folder / "terraform" / "foundation.auto.tfvars.json"
        given.write_text(json.dumps(GIVEN))
        yield space


def die(space, root, file, world, services):
    """Kill an apply that waits for the cloud; afterwards the cloud does what it was asked.

    The cloud notes down what it does before it does it, and here nobody empties what it writes to.
    """
    log = world / LOG
    log.unlink()
    os.mkfifo(log)
    reader = os.open(log, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(log, os.O_WRONLY | os.O_NONBLOCK)
    with suppress(BlockingIOError):
        while os.write(writer, b"\n" * 4096):
            pass
    os.close(writer)
    process = subprocess.Popen(
        [root.program, "apply", "-no-color", str(file)],
        cwd=root.folder,
        env=root.environment,
        stdout=subprocess.DEVNULL,
    )
    with process:
        wait_for(lambda: waiting_at(space, log) == services or process.poll() is not None)
        assert process.poll() is None, "it ended before it could be killed"
        process.kill()
    noted = b""

    def drained():
        nonlocal noted
        with suppress(BlockingIOError):
            noted += os.read(reader, 1 << 16)
        return noted.count(b'"operation"') == services and waiting_at(space, log) == 0

    wait_for(drained)
    os.close(reader)
    log.unlink()
    log.touch()
    return [json.loads(line)["operation"] for line in noted.strip().splitlines()]


def wait_for(met):
    end = time.monotonic() + 120
    while not met():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_lock_that_outlives_kill_9_is_recovered(space, tmp_path, storage):
    bucket = Bucket("b", lambda: "nobodys", storage)
    root = Root(space.folder / "terraform", space.program.path, space.environment)
    file = tmp_path / "saved"
    root.plan({"images": images("a")}, file)
    root.apply(file)
    survey = root.plan({"images": images("b"), "canary": {}}, file, lock=False)
    stands = standing.read(survey.prior_state)
    release = steps.prepare(images("b"), survey.output("revisions"), stands)
    root.plan(release.variables(BACK), file)
    root.apply(file)

    root.plan(release.variables(STEPS[0]), file)
    before = root.state()
    holder = lock.announce(bucket, 7, 1)
    noted = die(space, root, file, tmp_path / "world", len(release.pairs))
    assert noted == ["update", "update"]
    left = lock.read(bucket.read(LOCK))
    assert left.who == holder.who, "Terraform names itself otherwise than we do"
    assert root.state() == before, "the state knows of nothing"
    with pytest.raises(TerraformError, match="Error acquiring the state lock"):
        root.apply(file)

    with pytest.raises(LockError) as info:
        lock.recover(bucket, Told(None), root.force_unlock)
    assert info.value.why == Why.RUNNING
    with pytest.raises(TerraformError, match="force-unlock ended with 1"):
        root.force_unlock(str(int(left.id) + 1))
    assert lock.read(bucket.read(LOCK)) == left, "it was taken away by another id"
    now = datetime.now(UTC) + timedelta(seconds=1)
    assert lock.recover(bucket, Told(now), root.force_unlock) == left.id
    with pytest.raises(MissingError):
        bucket.read(LOCK)
    assert lock.recover(bucket, Told(now), root.force_unlock) == ""

    the_release_ends(root, release, file)
    a_rollback_undoes_no_more_than_traffic(root, release, file)


def the_release_ends(root, release, file):
    """The cloud did what it was asked by who died; a fresh plan sees it, and is accepted."""
    told = root.plan(release.variables(STEPS[0]), file)
    stands = standing.read(told.prior_state)
    assert {stands[name].percent(pair.candidate) for name, pair in release.pairs.items()} == {5}
    assert len(told.resource_drift) == len(release.pairs)
    assert not told.changes
    assert release.remaining(stands) == STEPS
    with pytest.raises(StandingError, match="more than the step after"):
        rollout.move(root, release, FINISH, file)
    for to in STEPS:
        rollout.move(root, release, to, file)
    stands = standing.read(root.plan(release.variables(FINISH), file).prior_state)
    assert release.remaining(stands) == ()


def a_rollback_undoes_no_more_than_traffic(root, release, file):
    """And where the stable revision serves, it does nothing at all."""
    sneaked = root.folder / "sneaked.auto.tfvars.json"
    sneaked.write_text(json.dumps({"publishers": ["user:mallory@example.com"]}))
    with pytest.raises(PlanRefusedError):
        rollout.roll_back(root, release, file)
    serial = root.state().serial
    sneaked.unlink()
    rollout.roll_back(root, release, file)
    back = root.state().serial
    assert back > serial
    sneaked.write_text(json.dumps({"publishers": ["user:mallory@example.com"]}))
    told = rollout.roll_back(root, release, file)
    assert told.changes
    assert root.state().serial == back, "it applied something"
    assert release.restored(standing.read(told.prior_state))
    with pytest.raises(PlanRefusedError):
        rollout.move(root, release, STEPS[0], file)
