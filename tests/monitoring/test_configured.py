"""The reader of Terraform's defaults finds what is there, and says what is not."""

import shutil

import pytest

from local.layout import ROOT
from monitoring.configured import Configured, ConfiguredError

CHANGES = {
    "no_variable": ("variables.tf", 'variable "max_delivery_attempts"', 'variable "attempts"'),
    "no_default": ("variables.tf", "  default     = 20\n", ""),
    "expression": ("variables.tf", "  default     = 20\n", "  default     = 4 * 5\n"),
    "reference": ("variables.tf", "  default     = 20\n", "  default     = var.other\n"),
    "two": ("variables.tf", "  default     = 20\n", "  default     = 20\n  default     = 30\n"),
    "no_field": ("variables_services.tf", "max_bytes_billed      = optional", "most = optional"),
    "no_literal": ("variables_services.tf", "optional(number, 1073741824)", "optional(number, a)"),
    "memory": ("variables_services.tf", '"512Mi"', '"512MB"'),
    "no_backoff": ("subscription.tf", "maximum_backoff", "longest_backoff"),
    "duration": ("subscription.tf", '"600s"', '"600 seconds"'),
    "keys": ("bootstrap/keys.tf", "= { location = ", "= { place = "),
    "edge": ("edge.tf", "for name in [", "for each in ["),
}


@pytest.fixture
def terraform(tmp_path):
    return shutil.copytree(
        ROOT / "terraform", tmp_path / "terraform", ignore=shutil.ignore_patterns(".terraform")
    )


@pytest.mark.parametrize("change", CHANGES)
def test_what_the_reader_cannot_read_is_an_error_and_no_default(terraform, change):
    name, old, new = CHANGES[change]
    path = terraform / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(ConfiguredError):
        Configured.read(terraform)


def test_a_missing_file_is_named(terraform):
    (terraform / "subscription.tf").unlink()
    with pytest.raises(ConfiguredError, match=r"subscription\.tf: cannot be read"):
        Configured.read(terraform)


def test_a_changed_default_is_read(terraform):
    path = terraform / "variables_services.tf"
    text = path.read_text("utf-8")
    path.write_text(text.replace("optional(number, 64)", "optional(number, 32)"), "utf-8")
    assert Configured.read(terraform).function.threads == 32
