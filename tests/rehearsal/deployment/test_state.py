"""Terraform itself finds its state, under the host's own name, as the identity that may."""

import json
import shutil

import pytest

from deploy.plans.root import Root, TerraformError
from rehearsal import attachment, executable, facts, terraform
from rehearsal.deployment.network import Network
from rehearsal.deployment.permits import Permits
from rehearsal.deployment.storage import Storage
from rehearsal.errors import MissingError
from rehearsal.origin import REPOSITORY, Kind, Origin
from tests.deploy.plans.rehearsed import GIVEN

pytestmark = [pytest.mark.timeout(600)]
STATE = ("state", "pipeline/default.tfstate")


@pytest.fixture
def storage():
    permits = Permits()
    permits.hand_out("of-apply", "release-apply")
    permits.hand_out("of-plan", "release-plan")
    permits.hand_out("of-smoke", "release-smoke")
    return Storage(permits, {"state": "pipeline-state"})


@pytest.fixture
def root(storage, tmp_path):
    """The pipeline's root as a job has it, as an identity that is named by its token."""
    try:
        program, _ = executable.find(), attachment.find()
    except MissingError as exc:
        pytest.skip(str(exc))
    for part in terraform.FOLDERS:
        without = shutil.ignore_patterns(*terraform.LEFT_OUT)
        shutil.copytree(REPOSITORY / part, tmp_path / part, ignore=without)
    given = tmp_path / "terraform" / "foundation.auto.tfvars.json"
    given.write_text(json.dumps(GIVEN), "utf-8")
    configuration = tmp_path / "cli.tfrc"
    configuration.write_text(Origin(Kind.REHEARSAL).configuration(), "utf-8")
    schema = facts.named_in(terraform.sources(tmp_path))
    private = tmp_path / "private"
    private.mkdir()
    with (
        Network(tmp_path / "network", {"storage.googleapis.com": storage.answer}) as network,
        attachment.provider(private, schema, tmp_path / "world") as attached,
    ):

        def become(token):
            environment = executable.inherited(tmp_path) | network.environment() | attached
            environment |= {
                "TF_CLI_CONFIG_FILE": str(configuration),
                "GOOGLE_OAUTH_ACCESS_TOKEN": token,
            }
            return Root(tmp_path / "terraform", program.path, environment)

        yield become
        assert network.refused == set()


def test_the_state_is_where_the_release_keeps_it(root, storage, tmp_path):
    before = (tmp_path / "terraform" / ".terraform.lock.hcl").read_text("utf-8")
    applying, planning = root("of-apply"), root("of-plan")
    with pytest.raises(TerraformError):
        # Terraform puts an empty state down where there is none, which it may not.
        planning.initialize("state")
    applying.initialize("state")
    assert list(storage.objects) == [STATE], "a lock is left"
    planning.initialize("state")
    assert planning.plan({"images": {}}, tmp_path / "saved", lock=False).changes
    with pytest.raises(TerraformError):
        planning.plan({"images": {}}, tmp_path / "locked")
    applying.plan({"images": {}}, tmp_path / "saved")
    applying.apply(tmp_path / "saved")
    assert json.loads(storage.objects[STATE].content)["serial"] == applying.state().serial
    assert list(storage.objects) == [STATE], "a lock is left"
    assert (tmp_path / "terraform" / ".terraform.lock.hcl").read_text("utf-8") == before
    with pytest.raises(TerraformError):
        root("of-smoke").state()
