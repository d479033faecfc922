"""The google provider's schema as facts: which version, and the part that some roots name."""

import gzip
import json
import re
import zlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from rehearsal.errors import RehearsalError

FOLDER = Path(__file__).parent / "schema"
SOURCE = "registry.terraform.io/hashicorp/google"
KINDS = ("provider", "resource_schemas", "data_source_schemas")
Schema = dict[str, Any]
"""KINDS, as `terraform providers schema -json` has them for one provider."""


def path() -> Path:
    """Find the one file of facts, `google-VERSION.json.gz`.

    Raises:
        RehearsalError: there is none, or several.
    """
    found = sorted(FOLDER.glob("google-*.json.gz"))
    if len(found) != 1:
        names = ", ".join(each.name for each in found) or "none"
        raise RehearsalError(f"{FOLDER} must hold one google-VERSION.json.gz, and has {names}")
    return found[0]


def version() -> str:
    """Tell which version of the provider the facts were read from."""
    return path().name.removeprefix("google-").removesuffix(".json.gz")


@cache
def whole() -> Schema:
    """Read the facts: 1,330 resource types, so about a tenth of a second.

    Raises:
        RehearsalError: the file is damaged.
    """
    try:
        with gzip.open(path(), "rt", encoding="utf-8") as file:
            schema: Schema = json.load(file)["provider_schemas"][SOURCE]
        return {kind: schema[kind] for kind in KINDS}
    # What a file that was cut off, or changed, does to gzip, zlib and JSON.
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as exc:
        raise RehearsalError(
            f"{path()} is damaged ({type(exc).__name__}): restore it, or make terraform-schema, "
            "where the registry or a mirror can be reached"
        ) from None


def named_in(sources: Iterable[Path]) -> Schema:
    """Select the types whose names stand anywhere in `sources`, even in a comment.

    Terraform reads the whole answer of a provider each time it starts one, which takes a second and
    a half for all types.
    """
    names: set[str] = set()
    for source in sources:
        names.update(re.findall(r"\bgoogle_\w+", source.read_text("utf-8")))
    every = whole()
    selected = {
        kind: {name: every[kind][name] for name in sorted(names & every[kind].keys())}
        for kind in ("resource_schemas", "data_source_schemas")
    }
    return {"provider": every["provider"], **selected}
