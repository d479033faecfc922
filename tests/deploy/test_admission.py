"""The pull policy refuses what our key did not sign for this repository, with the reason."""

import json

import pytest

from deploy import admission
from deploy.reference import RefusedError
from tests.deploy import registry_attack


@pytest.fixture
def pull(world):
    """Pull an image under the policy of the one repository that may be deployed from."""

    def pulled(image, repository="data-api", key=None):
        target = world.new_folder("pulled")
        repositories = [f"{world.registry.address}/{repository}"]
        world.skopeo.pull(image, repositories, key or world.key, target)
        return json.loads((target / "index.json").read_text())["manifests"][0]["digest"]

    return pulled


def planted(world):
    """Attach another image's signature."""
    signed, victim = world.push(), world.push(key=None)
    content = registry_attack.get_manifest(
        signed.repository, f"{signed.digest.replace(':', '-')}.sig"
    )
    name = f"{victim.digest.replace(':', '-')}.sig"
    registry_attack.put_manifest(victim.repository, name, content)
    return victim


def copied(world):
    image = world.push()
    return registry_attack.copy(image, f"{world.registry.address}/other-api")


def tagged(world):
    """Sign under a tag, as `skopeo copy` to a tag does."""
    image = world.push(key=None)
    world.skopeo.push(world.layouts[image], _Tagged(image.repository, image.digest), world.key)
    return image


class _Tagged(admission.Reference):
    __slots__ = ()

    def __str__(self):
        return f"{self.repository}:v1"


ATTACKS = {
    "unsigned": (lambda world: world.push(key=None), "data-api", "our key did not sign it"),
    "another key": (
        lambda world: world.push(key=world.skopeo.make_key("other")),
        "data-api",
        "another key signed it",
    ),
    "planted": (planted, "data-api", r"its signature was made for sha256:\w+"),
    "copied to where nothing is deployed from": (
        copied,
        "data-api",
        "nothing may be deployed from .*/other-api",
    ),
    "copied to another service's repository": (
        copied,
        "other-api",
        "it was signed as .*/data-api@sha256:.* and copied to .*/other-api",
    ),
    "a repository below ours": (
        lambda world: world.push(name="data-api/evil"),
        "data-api",
        "nothing may be deployed from .*/data-api/evil",
    ),
    "signed for a tag": (tagged, "data-api", r"a signature was made for .*/data-api:v1, a tag"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_the_policy_does_not_know_is_not_pulled(world, pull, attack):
    maker, repository, reason = ATTACKS[attack]
    with pytest.raises(RefusedError, match=reason):
        pull(maker(world), repository)


def test_what_our_key_signed_is_pulled_whole(world, pull):
    image = world.push()
    assert pull(image) == image.digest


def test_a_moved_tag_changes_nothing(world, pull):
    image, other = world.push(), world.push(key=None)
    for moved_to in (image, other):
        content = registry_attack.get_manifest(moved_to.repository, moved_to.digest)
        registry_attack.put_manifest(moved_to.repository, "v1", content)
    assert pull(image) == image.digest
    with pytest.raises(RefusedError, match="the tag v1 can be moved to another image"):
        admission.Reference.parse(f"{image.repository}:v1")


def test_the_shipped_policy_rejects_by_default(tmp_path):
    policy = admission.policy_for(["registry.test/a"], tmp_path / "k.pub")
    assert policy["default"] == [{"type": "reject"}]
    assert list(policy["transports"]) == ["docker"]
    (rule,) = policy["transports"]["docker"]["registry.test/a"]
    assert rule["type"] == "sigstoreSigned"
    assert rule["signedIdentity"] == {"type": "matchRepository"}
    assert rule["keyPath"] == str(tmp_path / "k.pub")
