"""A resource's values against its schema: what is unknown before an apply, and made up after it.

Values are JSON as Terraform sends it: nested blocks are lists of objects, or one object.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any


class Unknown:
    """The value that only an apply can tell."""


UNKNOWN = Unknown()
Values = dict[str, Any]
Block = dict[str, Any]
"""A schema's `block`: `attributes` and `block_types`."""
Fill = Callable[[str, dict[str, Any], Any], Any]
"""From an attribute's name, its schema and its value to the value it shall have."""
EMPTY = {"string": "", "number": 0, "bool": False, "list": [], "set": [], "map": {}}


def known(value: Any) -> bool:
    """Tell whether a value is there already: neither null nor unknown."""
    return value is not None and value is not UNKNOWN


def filled(block: Block, values: Values, fill: Fill) -> Values:
    """Copy `values`, each attribute's as `fill` says, in nested blocks too."""
    result = dict(values)
    for name, attribute in block.get("attributes", {}).items():
        result[name] = fill(name, attribute, values.get(name))
    for name, nested in block.get("block_types", {}).items():
        inside = values.get(name)
        if isinstance(inside, list):
            result[name] = [filled(nested["block"], item, fill) for item in inside]
        elif isinstance(inside, dict):
            result[name] = filled(nested["block"], inside, fill)
    return result


def misused(block: Block, values: Values, *path: str | int) -> Iterator[tuple[str | int, ...]]:
    """Give the path of each argument that is set though only the cloud may.

    Terraform leaves this one rule of a schema to the provider.
    """
    for name, attribute in block.get("attributes", {}).items():
        computed = attribute.get("computed") and not attribute.get("optional")
        if computed and values.get(name) is not None:
            yield (*path, name)
    for name, nested in block.get("block_types", {}).items():
        inside = values.get(name)
        if isinstance(inside, dict):
            yield from misused(nested["block"], inside, *path, name)
        for index, item in enumerate(inside if isinstance(inside, list) else []):
            yield from misused(nested["block"], item, *path, name, index)


def planned(_: str, attribute: dict[str, Any], value: Any) -> Any:
    """Leave open what the cloud will choose; forget what is only written."""
    if attribute.get("write_only"):
        return None
    return UNKNOWN if value is None and attribute.get("computed") else value


def applied(name: str, attribute: dict[str, Any], value: Any) -> Any:
    """Choose in the cloud's place, by type."""
    if value is not UNKNOWN:
        return value
    kind = attribute["type"]
    # What could have been set and was not is empty; the rest looks like what it is.
    if kind != "string" or attribute.get("optional"):
        return _empty(kind)
    if name.endswith("_time"):
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"rehearsed-{name.replace('_', '-')}"


def _empty(kind: Any) -> Any:
    if isinstance(kind, str):
        return EMPTY[kind]
    outer, inner = kind
    if outer == "object":
        return {name: _empty(member) for name, member in inner.items()}
    return EMPTY[outer]
