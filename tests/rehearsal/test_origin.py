"""Which provider is taken, and what is said about it."""

import threading
import time

import pytest
from aiohttp import web

from local.serving import serving
from rehearsal import facts, origin, terraform
from rehearsal.errors import RehearsalError
from rehearsal.origin import Kind, Origin, find
from tests.rehearsal.trees import planted

NOWHERE = "http://127.0.0.1:9"
"""The discard port: nobody answers."""
VERSION = facts.version()


@pytest.fixture(autouse=True)
def unreachable(monkeypatch):
    monkeypatch.setattr(origin, "REGISTRY", NOWHERE)


@pytest.fixture
def registry(monkeypatch):
    """A registry on loopback: which answer it gives is the test's."""

    async def archive(_):
        return web.Response()

    async def download(request):
        assert request.match_info["version"] == VERSION
        if isinstance(said["answer"], int):
            return web.Response(status=said["answer"])
        return web.json_response({"download_url": said["answer"]})

    said, app = {}, web.Application()
    path = "/v1/providers/hashicorp/google/{version}/download/linux/amd64"
    app.router.add_get(path, download)
    app.router.add_route("HEAD", "/archive.zip", archive)
    with serving(app) as url:
        monkeypatch.setattr(origin, "REGISTRY", url)
        said["answer"] = f"{url}/archive.zip"
        yield said


@pytest.fixture
def mirror(tmp_path):
    """A folder that has a provider, which is no provider."""
    version = tmp_path / "mirror" / facts.SOURCE / VERSION
    for platform in ("linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64"):
        program = version / platform / f"terraform-provider-google_v{VERSION}"
        program.parent.mkdir(parents=True)
        program.write_text("#!/bin/sh\nexit 1\n", "utf-8")
        program.chmod(0o755)
    return tmp_path / "mirror"


def test_a_mirror_that_is_named_comes_first(registry, mirror):
    found = find({origin.MIRROR: str(mirror)})
    assert found == Origin(Kind.MIRROR, str(mirror))
    assert str(found) == f"the google provider comes from the mirror {mirror}"


def test_the_registry_comes_second(registry):
    assert find({}) == Origin(Kind.REGISTRY)
    assert "comes from http" in str(find({}))


def test_ours_comes_last_and_is_called_a_rehearsal():
    found = find({})
    assert found == Origin(Kind.REHEARSAL)
    assert str(found).startswith("a rehearsal: ")
    assert VERSION in str(found)


@pytest.mark.parametrize("answer", [404, 500, f"{NOWHERE}/archive.zip", "", None, 7, {}])
def test_a_registry_that_does_not_have_all_of_it_is_none(registry, answer):
    registry["answer"] = answer
    assert find({}).kind is Kind.REHEARSAL


def test_a_registry_that_does_not_answer_is_not_waited_for(monkeypatch):
    ended = threading.Event()

    async def late(_):
        ended.wait(8)  # the whole server is to hang
        return web.Response()

    app = web.Application()
    app.router.add_get("/{all:.*}", late)
    monkeypatch.setattr(origin, "TIMEOUT_S", 0.1)
    with serving(app) as url:
        monkeypatch.setattr(origin, "REGISTRY", url)
        started = time.monotonic()
        try:
            assert find({}).kind is Kind.REHEARSAL
            # Sooner than without this limit, too.
            assert time.monotonic() - started < 2.5
        finally:
            ended.set()


@pytest.mark.parametrize("forced", ["mirror", "registry", "rehearsal"])
def test_the_one_that_is_forced_is_taken(registry, mirror, forced):
    assert find({"PROVIDER": forced, origin.MIRROR: str(mirror)}).kind == forced


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"PROVIDER": "mirror"}, "PROVIDER=mirror needs TERRAFORM_PROVIDER_MIRROR"),
        ({"PROVIDER": "registry"}, "PROVIDER=registry, and http://127.0.0.1:9 cannot be reached"),
        ({"PROVIDER": "real"}, "must be auto, mirror, registry or rehearsal"),
        ({origin.MIRROR: "/nowhere"}, "/nowhere does not have registry.terraform.io/hashicorp"),
        ({origin.MIRROR: "http://mirror.test/"}, "must be a folder or an https:// URL"),
        ({origin.MIRROR: "https://127.0.0.1:9/m"}, "https://127.0.0.1:9/m/ does not have"),
        ({"PROVIDER": "mirror", origin.MIRROR: ""}, "PROVIDER=mirror needs"),
        ({origin.MIRROR: "https://"}, "does not have registry.terraform.io/hashicorp/google"),
        ({origin.MIRROR: "https://[bad"}, "does not have registry.terraform.io/hashicorp/google"),
        ({origin.MIRROR: "https://127.0.0.1:9/@m"}, "https://127.0.0.1:9/@m/ does not have"),
        ({origin.MIRROR: "file:///mirror"}, "must be a folder or an https:// URL"),
    ],
)
def test_what_cannot_be_had_is_said_and_nothing_else_is_taken(environment, said):
    """Whoever names a mirror may have no wish to ask anybody else."""
    with pytest.raises(RehearsalError, match=said):
        find(environment)


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_a_mirror_s_url_with_a_password_is_refused_and_not_repeated(scheme):
    """Terraform would print it with its errors, and so would whoever keeps our output."""
    with pytest.raises(RehearsalError, match="without a user's name and password") as refused:
        find({origin.MIRROR: f"{scheme}://me:hunter2@mirror.test/"})
    assert "hunter2" not in str(refused.value)


def test_opentofu_gets_ours_and_nothing_else_is_said(registry, mirror):
    """Its registry is another, so that what is found in this one would tell nothing."""
    assert find({}, tofu=True) == Origin(Kind.REHEARSAL)
    assert find({"PROVIDER": "rehearsal", origin.MIRROR: "/m"}, tofu=True).kind is Kind.REHEARSAL
    for environment in (
        {"PROVIDER": "registry"},
        {"PROVIDER": "mirror", origin.MIRROR: str(mirror)},
        {origin.MIRROR: str(mirror)},
    ):
        with pytest.raises(RehearsalError, match="OpenTofu is tried on a rehearsal only"):
            find(environment, tofu=True)


def test_a_provider_that_is_not_in_the_lock_file_is_refused(installed, mirror, tmp_path):
    """A mirror's owner does not decide what runs: the official checksums do."""
    lock = (origin.REPOSITORY / "terraform" / ".terraform.lock.hcl").read_text("utf-8")
    tree = planted(
        tmp_path / "tree", {"terraform/main.tf": "", "terraform/.terraform.lock.hcl": lock}
    )
    used = Origin(Kind.MIRROR, str(mirror))
    with (
        terraform.workspace(tree, used) as space,
        pytest.raises(RehearsalError, match=r"doesn't\s+match\s+any"),
    ):
        terraform.initialize(space, "terraform", "-backend=false")


@pytest.mark.parametrize(
    ("used", "method"),
    [
        (Origin(Kind.REGISTRY), "direct {}"),
        (Origin(Kind.REHEARSAL), "direct {}"),
        (Origin(Kind.MIRROR, "https://m.test/"), 'network_mirror {\n url = "https://m.test/"'),
        (Origin(Kind.MIRROR, '/m"}'), 'filesystem_mirror {\n path = "/m\\"}"'),
    ],
)
def test_terraform_is_told_one_way_to_install(used, method):
    assert used.configuration().count("mirror") == method.count("mirror")
    assert method in used.configuration()
