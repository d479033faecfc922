"""Values and schemas as the plugin protocol has them.

Source: Terraform's docs/plugin-protocol/tfplugin6.proto and object-wire-format.md.
"""

import json
from typing import Any

import msgpack
from tf.gen import tfplugin_pb2 as pb

from rehearsal import values
from rehearsal.values import UNKNOWN

NESTING = pb.Schema.NestedBlock.NestingMode
FLAGS = ("required", "optional", "computed", "sensitive", "deprecated")
WRITE_ONLY = b"\x58\x01"
"""Field 11 of an attribute, true: younger than the messages of the `tf` package."""


def decode(raw: Any) -> Any:
    """Read a value; every kind of unknown is UNKNOWN."""
    if raw.json:
        return json.loads(raw.json)
    return msgpack.unpackb(raw.msgpack, ext_hook=lambda *_: UNKNOWN) if raw.msgpack else None


def encode(value: Any) -> Any:
    """Write a value."""
    packed = msgpack.packb(value, default=lambda _: msgpack.ExtType(0, b"\0"))
    return pb.DynamicValue(msgpack=packed)


def schema(described: dict[str, Any]) -> Any:
    """Write a schema."""
    return pb.Schema(version=described.get("version", 0), block=_block(described["block"]))


def _block(block: dict[str, Any]) -> Any:
    result = pb.Schema.Block(deprecated=block.get("deprecated", False))
    for name, attribute in block.get("attributes", {}).items():
        flags = {flag: attribute.get(flag, False) for flag in FLAGS}
        kind = json.dumps(attribute["type"]).encode()
        added = result.attributes.add(name=name, type=kind, **flags)
        if attribute.get("write_only"):
            added.MergeFromString(WRITE_ONLY)
    for name, nested in block.get("block_types", {}).items():
        result.block_types.add(
            type_name=name,
            block=_block(nested["block"]),
            nesting=NESTING.Value(nested["nesting_mode"].upper()),
            min_items=nested.get("min_items", 0),
            max_items=nested.get("max_items", 0),
        )
    return result


def error(summary: str, detail: str = "") -> list[Any]:
    """Refuse."""
    return [pb.Diagnostic(severity=pb.Diagnostic.ERROR, summary=summary, detail=detail)]


def misuses(block: values.Block, config: values.Values) -> list[Any]:
    """Refuse each argument that only the cloud may set."""
    return [
        pb.Diagnostic(
            severity=pb.Diagnostic.ERROR,
            summary=f'Can\'t configure a value for "{path[-1]}"',
            detail="Its value is decided when the configuration is applied.",
            attribute=pb.AttributePath(steps=[_step(part) for part in path]),
        )
        for path in values.misused(block, config)
    ]


def _step(part: str | int) -> Any:
    if isinstance(part, int):
        return pb.AttributePath.Step(element_key_int=part)
    return pb.AttributePath.Step(attribute_name=part)
