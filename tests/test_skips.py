"""A skip is named, and where everything is required it is a failure."""

import os
import subprocess
import sys

import pytest

from local.layout import ROOT

SKIPPED = "import pytest\n\n\ndef test_it():\n    pytest.skip('the tool is missing')\n"
IN_FIXTURE = (
    "import pytest\n\n\n@pytest.fixture\ndef tool():\n    pytest.skip('the tool is missing')\n"
    "\n\ndef test_it(tool):\n    pass\n"
)


def run(tmp_path, text, **env):
    """Run a test file under the project's own rules for skips."""
    path = tmp_path / "test_skipping.py"
    path.write_text(text, "utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "conftest", "-c", os.devnull, "-ra"]
    return subprocess.run(
        [*command, f"--rootdir={tmp_path}", "-p", "no:cacheprovider", str(path)],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("text", [SKIPPED, IN_FIXTURE], ids=["test", "fixture"])
def test_a_skip_passes_and_is_named(tmp_path, text):
    ended = run(tmp_path, text)
    assert ended.returncode == 0, ended.stdout
    assert "SKIPPED [1]" in ended.stdout
    assert "the tool is missing" in ended.stdout


@pytest.mark.parametrize("text", [SKIPPED, IN_FIXTURE], ids=["test", "fixture"])
def test_a_skip_fails_where_everything_is_required(tmp_path, text):
    ended = run(tmp_path, text, REQUIRE_ALL="1")
    assert ended.returncode == 1, ended.stdout
    assert "was skipped, and REQUIRE_ALL=1" in ended.stdout
