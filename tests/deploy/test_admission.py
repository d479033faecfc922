"""The pull policy refuses what our key did not sign for this repository, with the reason."""

import hashlib
import json

import pytest

from deploy import admission
from deploy.reference import Reference, RefusedError
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


class _Tagged(Reference):
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
    "signed for a tag": (tagged, "data-api", "a signature was made for '.*/data-api:v1', a tag"),
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
        Reference.parse(f"{image.repository}:v1")


def test_an_index_of_a_signed_image_is_not_that_image(world, pull):
    """Its signature, copied to the name of the index, would count for what is pulled of it."""
    image = world.push()
    manifest = registry_attack.get_manifest(image.repository, image.digest)
    entry = {
        "mediaType": registry_attack.MANIFEST,
        "digest": image.digest,
        "size": len(manifest),
        "platform": {"architecture": "amd64", "os": "linux"},
    }
    kind = registry_attack.INDEX
    index = json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": [entry]}).encode()
    digest = f"sha256:{hashlib.sha256(index).hexdigest()}"
    registry_attack.put_manifest(image.repository, digest, index, kind)
    name = image.digest.replace(":", "-")
    signature = registry_attack.get_manifest(image.repository, f"{name}.sig")
    registry_attack.put_manifest(image.repository, f"{digest.replace(':', '-')}.sig", signature)
    with pytest.raises(RefusedError, match="the digest names a list of images, not one"):
        pull(Reference(image.repository, digest))


def test_one_tag_among_good_signatures_is_enough_to_refuse(world, pull):
    image = world.push()
    layout = world.layouts[image]
    world.skopeo.push(layout, _Tagged(image.repository, image.digest), world.key)
    world.skopeo.push(layout, image, world.key)
    with pytest.raises(RefusedError, match="a signature was made for"):
        pull(image)


@pytest.mark.parametrize(
    "signature",
    [b"", b"\0sigstore-json\n", b"\0sigstore-json\n[]", b"x\n" + b"[" * 100_000, b"x\n{}"],
    ids=["empty", "nothing", "list", "deep", "object"],
)
def test_a_signature_that_cannot_be_read_is_refused(tmp_path, signature):
    (tmp_path / "signature-1").write_bytes(signature)
    image = Reference("registry.test/data-api", f"sha256:{'0' * 64}")
    with pytest.raises(RefusedError, match="a signature cannot be read"):
        admission._refuse_tags(image, tmp_path)


def test_an_image_is_not_added_to_another(world, pull, tmp_path):
    image = world.push()
    with pytest.raises(RefusedError, match="holds another image already"):
        world.skopeo.pull(image, [image.repository], world.key, tmp_path)


def test_the_callers_own_settings_change_nothing(world, pull, monkeypatch, tmp_path):
    settings = tmp_path / "registries.conf"
    settings.write_text('[[registry]]\nlocation = "127.0.0.1"\nblocked = true\n')
    monkeypatch.setenv("CONTAINERS_REGISTRIES_CONF", str(settings))
    image = world.push()
    assert pull(image) == image.digest


def test_only_loopback_is_spoken_to_without_tls():
    digest = f"sha256:{'0' * 64}"
    for repository in ("registry.test/a", "127.0.0.1.evil.test/a", "localhost.evil.test:80/a"):
        assert admission._plain("src", Reference(repository, digest)) == []
    assert admission._plain("src", Reference("127.0.0.1:5000/a", digest))


def test_a_private_key_is_its_owners_alone(world):
    for path in (world.key.private_key, world.key.passphrase):
        assert path.stat().st_mode & 0o077 == 0


def test_the_shipped_policy_rejects_by_default(tmp_path):
    policy = admission.policy_for(["registry.test/a"], tmp_path / "k.pub")
    assert policy["default"] == [{"type": "reject"}]
    assert list(policy["transports"]) == ["docker"]
    (rule,) = policy["transports"]["docker"]["registry.test/a"]
    assert rule["type"] == "sigstoreSigned"
    assert rule["signedIdentity"] == {"type": "matchRepository"}
    assert rule["keyPath"] == str(tmp_path / "k.pub")
