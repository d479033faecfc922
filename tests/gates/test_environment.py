"""Nothing of the caller's environment tells a tool to look away."""

from pathlib import Path

import pytest

from gates.environment import sanitised

CALLER = {
    "PATH": "/bin",
    "LANG": "C.UTF-8",
    "HTTPS_PROXY": "http://proxy.example",
    "HOME": "/home/somebody",
}
HOSTILE = (
    "BANDIT_CONFIG",
    "CHECKOV_SKIP_CHECK",
    "CKV_SKIP_CHECK",
    "CKV_SOFT_FAIL",
    "LOG_LEVEL",
    "TRIVY_EXIT_CODE",
    "TRIVY_IGNOREFILE",
    "GITLEAKS_CONFIG",
    "GITLEAKS_CONFIG_TOML",
    "ZIZMOR_CONFIG",
    "HADOLINT_IGNORE",
    "HADOLINT_NOFAIL",
    "SHELLCHECK_OPTS",
    "ACTIONLINT_CONFIG",
    "PIP_AUDIT_VULNERABILITY_SERVICE",
    "PIP_AUDIT_OSV_URL",
    "RUFF_CONFIG",
    "RUFF_NO_CACHE",
    "MYPYPATH",
    "MYPY_CACHE_DIR",
    "TF_CLI_ARGS",
    "TF_CLI_ARGS_fmt",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "GIT_DIR",
    "GIT_CONFIG_GLOBAL",
    "XDG_CONFIG_HOME",
    "LD_PRELOAD",
    "GITHUB_TOKEN",
)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("network", [True, False])
def test_a_variable_of_the_callers_does_not_reach_a_tool(name, network):
    caller = CALLER | {name: "hostile"}
    given = sanitised(caller, Path("/empty"), Path("/tree"), network=network)
    assert given.get(name) != "hostile"


def test_the_home_folder_is_an_empty_one():
    given = sanitised(CALLER, Path("/empty"), Path("/tree"), network=False)
    assert given["HOME"] == "/empty"
    assert given["PATH"] == "/bin"


@pytest.mark.parametrize("network", [True, False])
def test_only_a_gate_that_asks_outside_learns_the_way(network):
    given = sanitised(CALLER, Path("/empty"), Path("/tree"), network=network)
    assert ("HTTPS_PROXY" in given) is network
