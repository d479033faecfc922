"""Reads the facts anew from the real provider, and tells when the roots pin another one."""

import gzip
import json
import re
import zlib
from pathlib import Path
from typing import Any

from rehearsal import executable, facts, terraform
from rehearsal.errors import RehearsalError
from rehearsal.origin import REPOSITORY, Kind, Origin

LOCK = ".terraform.lock.hcl"
ENTRY = re.compile(
    r'provider "registry\.terraform\.io/hashicorp/google" {\s+version\s+= "([0-9.]+)"'
)


def locks(tree: Path = REPOSITORY) -> list[Path]:
    """List the roots' lock files."""
    return sorted(
        path for path in (tree / "terraform").rglob(LOCK) if ".terraform" not in path.parts
    )


def pinned(tree: Path = REPOSITORY) -> str:
    """Tell which version of the provider the lock files pin.

    Raises:
        RehearsalError: there is none, or they differ.
    """
    texts = {path: path.read_text("utf-8") for path in locks(tree)}
    if len(set(texts.values())) != 1:
        names = ", ".join(str(path.relative_to(tree)) for path in texts) or f"no {LOCK}"
        raise RehearsalError(f"the lock files must be one text: {names}")
    entry = ENTRY.search(next(iter(texts.values())))
    if entry is None:
        raise RehearsalError(f"the lock files do not pin {facts.SOURCE}")
    return entry[1]


def compare(tree: Path = REPOSITORY) -> str:
    """Compare the pinned version with the facts'; gives it.

    Raises:
        RehearsalError: they differ.
    """
    wanted = pinned(tree)
    if wanted != facts.version():
        raise RehearsalError(
            f"the roots pin google {wanted}, and the schema is that of {facts.version()}: "
            "make terraform-schema, where the registry or a mirror can be reached"
        )
    return wanted


def bare(schema: Any) -> Any:
    """Leave out descriptions, and what is only printed when it is false or nothing."""
    if isinstance(schema, dict):
        return {
            name: bare(value)
            for name, value in schema.items()
            if not (name in {"description", "description_kind"} and isinstance(value, str))
        }
    return schema


def renew(used: Origin, tree: Path = REPOSITORY, folder: Path = facts.FOLDER) -> bool:
    """Write the facts of the pinned version; tells whether they changed.

    Raises:
        RehearsalError: Terraform cannot install the provider, or it is a rehearsal's or OpenTofu's.
    """
    if used.kind is Kind.REHEARSAL:
        raise RehearsalError("the facts are renewed from the real provider only")
    if executable.find().tofu:
        raise RehearsalError("the facts are renewed by Terraform only, since the lock file is its")
    wanted = pinned(tree)
    root = str(locks(tree)[0].parent.relative_to(tree))
    with terraform.workspace(tree, used) as space:
        terraform.initialize(space, root, "-backend=false")
        told = json.loads(space.do(root, "providers", "schema", "-json"))
    if facts.SOURCE not in told.get("provider_schemas", {}):
        raise RehearsalError(f"{root}: terraform tells no schema of {facts.SOURCE}")
    provider = told["provider_schemas"][facts.SOURCE]
    kept = {kind: bare(provider[kind]) for kind in facts.KINDS}
    content = json.dumps(
        {"format_version": told["format_version"], "provider_schemas": {facts.SOURCE: kept}},
        sort_keys=True,
        separators=(",", ":"),
    )
    path = folder / f"google-{wanted}.json.gz"
    # No time in it: the same facts are the same bytes, to whoever has the same zlib.
    partial = path.with_suffix(".partial")
    partial.write_bytes(gzip.compress(content.encode(), mtime=0))
    changed = _content(path) != content.encode()
    if changed:
        partial.replace(path)
    partial.unlink(missing_ok=True)
    for old in set(folder.glob("google-*.json.gz")) - {path}:
        old.unlink()
    return changed


def _content(path: Path) -> bytes | None:
    try:
        return gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error):
        return None
