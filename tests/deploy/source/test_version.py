"""A tree says itself which version it is, once, or it is not released."""

import pytest

from deploy.reference import RefusedError
from deploy.source.version import version
from local.layout import ROOT

SETTINGS = '[project]\nversion = "1.2.3"\n'


def test_the_newest_section_is_the_version():
    text = "# Changelog\n\n## 1.2.3 - 2026-12-01\n\n- New.\n\n## 1.2.2 - 2026-11-01\n"
    assert version(text, SETTINGS) == "1.2.3"


@pytest.mark.parametrize(
    ("changelog", "reason"),
    [
        ("", "'nothing'"),
        ("## Unreleased\n\n## 1.2.3 - 2026-12-01\n", "'Unreleased'"),
        ("## 1.2.3\n", "'1.2.3'"),
        ("## v1.2.3 - 2026-12-01\n", "'v1.2.3 - 2026-12-01'"),
        ("## 01.2.3 - 2026-12-01\n", "'01.2.3 - 2026-12-01'"),
        ("## 1.2.3-rc1 - 2026-12-01\n", "'1.2.3-rc1 - 2026-12-01'"),
        ("## ../../1.2.3 - 2026-12-01\n", "'../../1.2.3 - 2026-12-01'"),
        ("### 1.2.3 - 2026-12-01\n", "'nothing'"),
        ("## 1.2.4 - 2026-12-01\n", "CHANGELOG.md says 1.2.4 and pyproject.toml says 1.2.3"),
    ],
)
def test_what_is_no_version_is_refused_with_what_to_do(changelog, reason):
    with pytest.raises(RefusedError) as refused:
        version(changelog, SETTINGS)
    assert reason in str(refused.value)


def test_settings_without_a_version_are_refused():
    with pytest.raises(RefusedError, match=r"pyproject\.toml says None"):
        version("## 1.2.3 - 2026-12-01\n", "[tool.x]\n")


def test_this_tree_has_both_files_to_read_it_from():
    """With a heading for what is unreleased, the project becomes a version and nothing else."""
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    settings = (ROOT / "pyproject.toml").read_text("utf-8")
    released = changelog.replace("## Unreleased", "## 0.1.0 - 2026-12-31", 1)
    assert version(released, settings) == "0.1.0"
