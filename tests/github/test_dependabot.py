"""Dependabot looks at everything that names a dependency, and a release has to have some age."""

import re
import subprocess
from pathlib import PurePosixPath

import pytest
import yaml

from local.layout import ROOT

TEXT = (ROOT / ".github" / "dependabot.yml").read_text("utf-8")
ECOSYSTEMS = {
    r"requirements/\w[\w-]*\.txt": "pip",
    r"(.*/)?([\w-]+\.)?(Dockerfile|Containerfile)": "docker",
    r"(.*/)?go\.mod": "gomod",
    r"(.*/)?versions\.tf": "terraform",
    r"\.github/workflows/[^/]+\.ya?ml": "github-actions",
    r"(.*/)?package\.json": "npm",
    r"(.*/)?Cargo\.toml": "cargo",
    r"(.*/)?(pom\.xml|build\.gradle(\.kts)?)": "maven",
    r"(.*/)?\.gitmodules": "gitsubmodule",
    r"(.*/)?(docker-)?compose\.ya?ml": "docker-compose",
    r"(.*/)?uv\.lock": "uv",
}
"""What names dependencies, and who reads it at Dependabot."""
SHORTEST_DAYS = 14


def needed(paths):
    """The ecosystem and folder of every manifest; what the tests plant is none."""
    found = set()
    for path in paths:
        for pattern, ecosystem in ECOSYSTEMS.items():
            if re.fullmatch(pattern, path) and not path.startswith("tests/"):
                folder = "/" if ecosystem == "github-actions" else f"/{PurePosixPath(path).parent}"
                found.add((ecosystem, "/" if folder == "/." else folder))
    return found


def complaints(text, paths):
    updates = yaml.safe_load(text)["updates"]
    watched = {
        (update["package-ecosystem"], folder)
        for update in updates
        for folder in update.get("directories", [update.get("directory")])
    }
    for ecosystem, folder in sorted(needed(paths) - watched):
        yield f"nobody watches {ecosystem} in {folder}"
    for ecosystem, folder in sorted(watched - needed(paths)):
        yield f"there is no {ecosystem} in {folder}, and Dependabot would fail"
    for update in updates:
        name = update["package-ecosystem"]
        if update.get("cooldown", {}).get("default-days", 0) < SHORTEST_DAYS:
            yield f"{name}: a release may be younger than {SHORTEST_DAYS} days"
        if not update.get("groups"):
            yield f"{name}: a pull request for each release"
        if "insecure-external-code-execution" in update:
            yield f"{name}: it would run a dependency's code"


@pytest.fixture(scope="module")
def paths():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted(filter(None, listed.stdout.split("\0")))


def test_everything_is_watched_and_nothing_that_is_not_there(paths):
    assert len(needed(paths)) > 5
    assert list(complaints(TEXT, paths)) == []


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("web/package.json", "nobody watches npm in /web"),
        ("tools/go.mod", "nobody watches gomod in /tools"),
        ("web.Dockerfile", ""),
        ("web/Dockerfile", "nobody watches docker in /web"),
        ("terraform/network/versions.tf", "nobody watches terraform in /terraform/network"),
        ("tests/planted/package.json", ""),
    ],
)
def test_a_new_manifest_is_missed_until_it_is_watched(paths, path, said):
    assert list(complaints(TEXT, [*paths, path])) == ([said] if said else [])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("default-days: 14", "default-days: 3", "pip: a release may be younger"),
        ("    cooldown:\n      default-days: 14\n", "", "pip: a release may be younger"),
        ("ecosystem: gomod", "ecosystem: cargo", "nobody watches gomod"),
        ("/gates/advisories", "/gates", "there is no gomod in /gates,"),
        ("      - /benchmarks\n", "", "nobody watches docker in /benchmarks"),
        ("    groups:", "    no-groups:", "pip: a pull request for each"),
        (
            "  - package-ecosystem: pip\n",
            "  - package-ecosystem: pip\n    insecure-external-code-execution: allow\n",
            "pip: it would run",
        ),
    ],
)
def test_a_weaker_configuration_is_found(paths, old, new, said):
    assert old in TEXT
    found = list(complaints(TEXT.replace(old, new, 1), paths))
    assert any(said in each for each in found), found
