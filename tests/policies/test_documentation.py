"""docs/policies.md lists the policies that there are."""

import subprocess
import sys

from local.layout import ROOT


def test_the_list_of_policies_is_up_to_date():
    """`python policies/checkov/documentation.py > docs/policies.md` writes it anew."""
    made = subprocess.run(
        [sys.executable, ROOT / "policies" / "checkov" / "documentation.py"],
        capture_output=True,
        text=True,
        check=True,
    )
    listed = (ROOT / "docs" / "policies.md").read_text("utf-8")
    assert listed.strip() == made.stdout.strip()
    assert listed.count("| `HDP_") == len(list((ROOT / "policies/checkov").glob("*/[!_]*.py")))
