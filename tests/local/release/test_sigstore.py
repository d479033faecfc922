"""The private Sigstore and the registry listen on loopback alone, and leave nothing behind."""

import psutil
import pytest

from local.layout import LocalError
from local.release.registry import Registry, tool
from local.release.sigstore import PARTS, Sigstore
from toolchain.install import find


@pytest.fixture
def folder(tmp_path):
    missing = [name for name in PARTS if not find(name)]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}: python -m toolchain")
    try:
        tool("docker-registry")
    except LocalError as exc:
        pytest.skip(f"needs docker-registry: {exc}")
    return tmp_path


def test_every_server_listens_on_loopback_alone_and_ends(folder):
    ours = psutil.Process()
    before = {child.pid for child in ours.children(recursive=True)}
    with Sigstore(folder / "sigstore") as sigstore, Registry(folder / "registry"):
        started = [child for child in ours.children(recursive=True) if child.pid not in before]
        listening = [
            (child.name(), connection.laddr.ip)
            for child in started
            for connection in child.net_connections(kind="inet")
            if connection.status == psutil.CONN_LISTEN
        ]
        assert sigstore.trust.trusted_root.exists()
        assert sigstore.trust.signing_config.exists()
        assert all(path.stat().st_mode & 0o077 == 0 for path in (folder / "sigstore").glob("*.key"))
    assert {ip for _, ip in listening} == {"127.0.0.1"}
    assert len({name for name, _ in listening}) >= 5
    assert not any(child.is_running() for child in started)


def test_a_tool_that_is_missing_is_named_with_what_to_run(monkeypatch, tmp_path):
    monkeypatch.setattr("local.release.registry.TOOLBOX", tmp_path)
    monkeypatch.setattr("local.release.registry.ROOT", tmp_path.parent)
    with pytest.raises(LocalError, match=r"skopeo is missing: run toolchain/toolbox.sh"):
        tool("skopeo")
