"""Attributes as the provider's schema has them: which are configured, and which of them differ.

What a resource tells of itself (a table's count of rows, an etag) changes all the time and is no
drift. Names come from the schema, so that no key of a map, which is a value, is taken for one.
"""

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from rehearsal import facts

Described = Mapping[str, Any]
Values = Mapping[str, Any]


def configured(kind: str, values: Values | None) -> dict[str, Any] | None:
    """Leave out what is only reported; of a type that the schema does not know, leave out nothing.

    Args:
        kind: the resource's type.
        values: a resource before or after, as a plan has it.
    """
    if values is None:
        return None
    block = _block(kind)
    return dict(values) if block is None else _kept(block, values)


def changed(kind: str, before: Values | None, after: Values | None) -> list[str]:
    """Name what differs, `template.containers.image` for instance; of a new resource, nothing."""
    if before is None or after is None:
        return []
    block = _block(kind)
    if block is None:
        return ["something of a type that the schema does not know"] if before != after else []
    return sorted(set(_paths(block, before, after)))


def _block(kind: str) -> Described | None:
    described = facts.whole()["resource_schemas"].get(kind)
    block: Described | None = described and described["block"]
    return block


def _kept(block: Described, values: Values) -> dict[str, Any]:
    attributes, blocks = block.get("attributes", {}), block.get("block_types", {})
    kept = {}
    for name, value in values.items():
        told = attributes.get(name, {})
        if told.get("computed") and not told.get("optional"):
            continue
        kept[name] = _nested(blocks[name]["block"], value) if name in blocks else value
    return kept


def _nested(block: Described, value: Any) -> Any:
    if isinstance(value, list):
        return [_nested(block, each) for each in value]
    return _kept(block, value) if isinstance(value, Mapping) else value


def _paths(block: Described, before: Values, after: Values) -> Iterator[str]:
    for name in block.get("attributes", {}):
        if before.get(name) != after.get(name):
            yield name
    for name, nested in block.get("block_types", {}).items():
        old, new = (_list(values.get(name)) for values in (before, after))
        if len(old) != len(new):
            yield name
        nothing: Values = {}
        for one, other in zip_longest(old, new, fillvalue=nothing):
            yield from (f"{name}.{path}" for path in _paths(nested["block"], one, other))


def _list(value: Any) -> list[Any]:
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, Mapping)]
