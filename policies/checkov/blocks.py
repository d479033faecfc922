# ruff: noqa: INP001 - Checkov would load a package's modules twice (sources.py)
"""A resource's block as it is written, its values filled in where that needs no guess."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from expressions import HOLE, Scope, evaluate
from sources import Body, read_folder

Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Block:
    """A resource, or a block inside one."""

    body: Body
    scope: Scope = field(default_factory=Scope)
    maybe: bool = False
    """Whether nobody knows if it will be there: a dynamic block over an unknown list, or a resource
    of an unknown number. What is wrong with it is wrong all the same."""
    kind: str = ""
    """The resource's type, for example `google_pubsub_topic`; "" for a block inside one."""
    name: str = ""

    def get(self, name: str) -> Any:
        """The argument's value, with holes; None if it is absent or null."""
        given = self.body.get(name)
        return evaluate(given[0], self.scope) if given else None

    def get_list(self, name: str) -> list[Any]:
        """The argument's items, one hole for a list that is not known; [] if it is absent."""
        value = self.get(name)
        return value if isinstance(value, list) else [] if value is None else [value]

    def find(self, *names: str) -> list["Block"]:
        """The blocks at a path such as `template`, `containers`, dynamic ones as well."""
        name, *rest = names
        found = [*self._written(name), *self._dynamic(name)]
        return [inner for block in found for inner in block.find(*rest)] if rest else found

    def _written(self, name: str) -> Iterator["Block"]:
        for body in self.body.get(name, []):
            if isinstance(body, dict):
                yield Block(body, self.scope)

    def _dynamic(self, name: str) -> Iterator["Block"]:
        dynamics = [d[name] for d in self.body.get("dynamic", []) if name in d]
        for dynamic in dynamics:
            iterator = dynamic.get("iterator", [name])[0].strip("${}")
            items = evaluate(dynamic["for_each"][0], self.scope)
            for content in dynamic["content"]:
                if not isinstance(items, list | dict):
                    yield Block(content, self.scope, maybe=True)
                    continue
                for key, value in items.items() if isinstance(items, dict) else enumerate(items):
                    unknown = isinstance(value, str) and bool(HOLE.fullmatch(value))
                    inside = {**self.scope.iterators, iterator: {"key": key, "value": value}}
                    scope = self.scope.deeper(iterators=inside)
                    yield Block(content, scope, maybe=unknown)

    def siblings(self, *kinds: str) -> Iterator["Block"]:
        """The resources of these types in the same folder, itself among them."""
        for (kind, name), body in self.scope.folder.resources.items():
            if kind in kinds:
                # What a `for_each` makes of it is not known from here.
                yield Block(body, self.scope.deeper(iterators={}), kind=kind, name=name)


def find_block(graph: Any, address: str, file: str, conf: Body) -> Block:
    """Find the resource's own text by Checkov's graph.

    Args:
        graph: Checkov's graph of all that it scans; None where it scans a saved plan, whose values
            are there already.
        address: `module.api[0].google_x.this["a"]`.
        file: the file below the scanned folder, as Checkov names it in a finding.
        conf: the resource as Checkov hands it over, for a plan.
    """
    nodes = [n for n in _index(graph).get(address, []) if n["file_path_"].endswith(file)]
    if not nodes:
        return Block(conf, kind=address.split(".")[-2] if "." in address else "")
    # The others lie deeper: their path ends alike and is longer.
    node = min(nodes, key=lambda n: len(n["file_path_"]))
    folder = read_folder(Path(node["file_path_"]).parent)
    kind, name = address.removesuffix(_bracket(address)).split(".")[-2:]
    place = folder.data if node["block_type_"] == "data" else folder.resources
    body = place.get((kind, name), conf)
    scope = _scope(folder, node.get("source_module_object_"))
    key = _bracket(address)[1:-1].strip('"')
    maybe = not key and _is_open(body, scope)
    return Block(body, _with_each(scope, body, key), maybe=maybe, kind=kind, name=name)


class _Index:
    """Checkov's graph by address; the last graph's, since a run has one at a time."""

    def __init__(self, graph: Any) -> None:
        self.graph = graph
        self.nodes: dict[str, list[Node]] = {}
        for node in graph.nodes() if graph is not None else []:
            attributes = node[1] if isinstance(node, tuple) else node
            if attributes.get("block_type_") in {"resource", "data"}:
                self.nodes.setdefault(attributes.get("__address__", ""), []).append(attributes)


_last = [_Index(None)]


def _index(graph: Any) -> dict[str, list[Node]]:
    if _last[0].graph is not graph:
        _last[0] = _Index(graph)
    return _last[0].nodes


def _bracket(address: str) -> str:
    """The `["a"]` at the end of an address; "" without one."""
    return address[address.rindex("[") :] if address.endswith("]") else ""


def _scope(folder: Any, module: Any) -> Scope:
    """The scope inside a module: its call's arguments have the values of the caller's scope."""
    if module is None:
        return Scope(folder)
    caller = _scope(read_folder(Path(module.path).parent), module.nested_tf_module)
    call = caller.folder.modules.get(module.name, {})
    key = "" if module.foreach_idx is None else str(module.foreach_idx)
    return Scope(folder, call, _with_each(caller, call, key))


def _with_each(scope: Scope, body: Body, key: str) -> Scope:
    """Give `each` the element that this instance is for."""
    if "for_each" not in body or not key:
        return scope
    items = evaluate(body["for_each"][0], scope)
    value = items.get(key) if isinstance(items, dict) else key
    return scope.deeper(iterators={"each": {"key": key, "value": value}})


def _is_open(body: Body, scope: Scope) -> bool:
    """Whether nobody knows if there will be one."""
    wanted: Iterable[Any] = [
        evaluate(body[n][0], scope) for n in ("count", "for_each") if n in body
    ]
    return any(isinstance(value, str) for value in wanted)
