"""What the Dockerfile's builder installs."""

import hashlib
import subprocess
import zipfile

import pytest

from images import assemble

WHEEL = {
    "example-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: example\nVersion: 1.0\n",
    "example-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "example-1.0.dist-info/RECORD": "",
}


def test_no_wheel_is_taken_whose_hash_is_not_in_the_lock(monkeypatch, tmp_path, capfd):
    with zipfile.ZipFile(tmp_path / "example-1.0-py3-none-any.whl", "w") as wheel:
        for name, content in WHEEL.items():
            wheel.writestr(name, content)
    (tmp_path / "requirements.txt").write_text("example==1.0\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setattr(assemble, "DEPENDENCIES", tmp_path / "dependencies")
    with pytest.raises(subprocess.CalledProcessError):
        assemble.install()
    assert "Hashes are required in --require-hashes mode" in capfd.readouterr().err


def test_what_two_locks_name_is_installed_from_both(monkeypatch, tmp_path):
    """A service's lock and the one of traces; they share packages, at the same version and hash."""
    hashes = {}
    for name in ("example", "shared", "extra"):
        path = tmp_path / f"{name}-1.0-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            for inner, content in WHEEL.items():
                wheel.writestr(*(text.replace("example", name) for text in (inner, content)))
        hashes[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    for lock, names in (("api.txt", ("example", "shared")), ("traces.txt", ("extra", "shared"))):
        lines = [f"{name}==1.0 --hash=sha256:{hashes[name]}\n" for name in names]
        (tmp_path / lock).write_text("".join(lines), "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setattr(assemble, "DEPENDENCIES", tmp_path / "dependencies")
    assemble.install()
    found = {path.name.partition("-")[0] for path in (tmp_path / "dependencies").glob("*-info")}
    assert found == {"example", "shared", "extra"}
