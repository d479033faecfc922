"""The hooks are targets of this tree: nothing is fetched, and a commit runs what CI runs."""

import pytest
import yaml

from local.layout import ROOT
from tests.github.documents import targets

TEXT = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")


def complaints(text):
    for repository in yaml.safe_load(text)["repos"]:
        if repository["repo"] != "local":
            yield f"{repository['repo']}: code that no lock pins"
        for hook in repository["hooks"]:
            make, target, *_ = [*hook.get("entry", "").split(), "", ""]
            if make != "make" or target not in targets():
                yield f"{hook['id']}: it runs no make target"
            if (hook.get("pass_filenames"), hook.get("always_run")) != (False, True):
                yield f"{hook['id']}: the target decides by itself what it looks at"


def test_hooks_are_the_trees_own_targets():
    assert list(complaints(TEXT)) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("repo: local", "repo: https://github.com/pre-commit/pre-commit-hooks", "no lock pins"),
        ("entry: make ", "entry: sh ", "no make target"),
        ("entry: make ", "entry: make no-", "no make target"),
        ("always_run: true", "always_run: false", "decides by itself"),
    ],
)
def test_a_hook_from_elsewhere_is_found(old, new, said):
    assert old in TEXT
    assert any(said in each for each in complaints(TEXT.replace(old, new)))
