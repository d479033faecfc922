# ruff: noqa: INP001 - Checkov would load a package's modules twice (sources.py)
"""Values of Terraform expressions, as far as they can be known without running Terraform.

What cannot be known is a hole: `⟦var.region⟧` stands for whatever the variable will hold. So
`projects/⟦var.project⟧/topics/x` still tells how it ends, and which resource it speaks of.
A conditional, a `for`, most functions and everything that another root gives are holes.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sources import Body, Folder, read_folder

HOLE = re.compile("⟦([^⟧]*)⟧")
DEPTH = 40
"""How many references are followed; a circle ends here."""


def make_hole(expression: str) -> str:
    """What stands for a value that nobody knows yet; names the expression."""
    return "⟦" + HOLE.sub(r"\1", expression) + "⟧"


@dataclass(frozen=True, slots=True)
class Scope:
    """Where names get their values: a folder, the module call that leads into it, and iterators."""

    folder: Folder = field(default_factory=Folder)
    call: Body = field(default_factory=dict)
    """The arguments of the module's call; empty in a root."""
    caller: "Scope | None" = None
    iterators: Mapping[str, Any] = field(default_factory=dict)
    """`each` and the names of dynamic blocks, to `{"key": ..., "value": ...}`."""
    depth: int = 0

    @classmethod
    def of(cls, path: Path) -> "Scope":
        """The scope of a root module."""
        return cls(folder=read_folder(path))

    def deeper(self, **changes: Any) -> "Scope":
        """This scope one reference further on."""
        of = {"folder": self.folder, "call": self.call, "caller": self.caller}
        return Scope(**{**of, "iterators": self.iterators, "depth": self.depth + 1, **changes})


def evaluate(given: Any, scope: Scope) -> Any:
    """Fill values in: lists and objects part by part, text with holes where a part is not known."""
    if scope.depth > DEPTH:
        return make_hole("a circle")
    if isinstance(given, list):
        return [evaluate(item, scope) for item in given]
    if isinstance(given, dict):
        return {k: evaluate(v, scope) for k, v in given.items() if not str(k).startswith("__")}
    if not isinstance(given, str):
        return given
    pieces = list(_pieces(given))
    if len(pieces) == 1 and pieces[0][0]:
        return _compute(pieces[0][1], scope)
    return "".join(_as_text(_compute(t, scope), t) if code else t for code, t in pieces)


def _pieces(text: str) -> Iterator[tuple[bool, str]]:
    """Cut `a-${b}` into (False, "a-") and (True, "b"); `$${` is no expression."""
    start = at = 0
    while (at := text.find("${", at)) >= 0:
        if text[at - 1 : at] == "$":
            at += 2
            continue
        end, level = at + 2, 1
        while end < len(text) and level:
            level += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        if start < at:
            yield False, text[start:at]
        yield True, text[at + 2 : end - 1]
        start = at = end
    if start < len(text) or not text:
        yield False, text[start:]


def _as_text(value: Any, expression: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else make_hole(expression)


def _compute(expression: str, scope: Scope) -> Any:
    """Read an expression. Python's grammar reads references, lists, objects and calls as well."""
    try:
        node = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return make_hole(expression)
    return _visit(node, expression, scope)


def _visit(node: ast.expr, expression: str, scope: Scope) -> Any:
    match node:
        case ast.Constant():
            return evaluate(node.value, scope.deeper())
        case ast.List() | ast.Set() | ast.Tuple():
            return [_visit(item, _source(item), scope) for item in node.elts]
        case ast.Dict():
            pairs = zip(node.keys, node.values, strict=True)
            return {
                str(_visit(k, _source(k), scope)): _visit(v, _source(v), scope)
                for k, v in pairs
                if k is not None
            }
        case ast.Call(func=ast.Name(id=name)):
            return _call(name, [_visit(a, _source(a), scope) for a in node.args], expression)
    path = _path(node)
    return _look_up(path, scope) if path else make_hole(expression)


def _source(node: ast.expr) -> str:
    return ast.unparse(node)


def _call(name: str, given: list[Any], expression: str) -> Any:  # noqa: PLR0911 - a case each
    """The few functions whose result is plain; the others are holes."""
    match name, given:
        case "concat", _:
            return [i for part in given for i in (part if isinstance(part, list) else [part])]
        case (("toset" | "tolist" | "distinct" | "sort" | "compact"), [one]):
            return one
        case "merge", _ if all(isinstance(part, dict) for part in given):
            return {k: v for part in given for k, v in part.items()}
        case "tostring", [one]:
            return _as_text(one, expression)
        case "join", [str() as separator, list() as parts]:
            return separator.join(_as_text(part, expression) for part in parts)
        case (("lower" | "upper"), [str() as one]) if not HOLE.search(one):
            return one.lower() if name == "lower" else one.upper()
    return make_hole(expression)


def _path(node: ast.expr) -> list[str]:
    """`local.a["b"].c` as its parts; [] for anything else."""
    match node:
        case ast.Name(id=name):
            return [name]
        case ast.Attribute(value=inner, attr=attribute):
            return [*head, attribute] if (head := _path(inner)) else []
        case ast.Subscript(value=inner, slice=ast.Constant(value=str() | int() as key)):
            return [*head, str(key)] if (head := _path(inner)) else []
    return []


def _look_up(path: list[str], scope: Scope) -> Any:
    match path:
        case ["var", name, *rest]:
            value = _variable(name, scope)
        case ["local", name, *rest] if name in scope.folder.locals:
            value = evaluate(scope.folder.locals[name], scope.deeper(iterators={}))
        case [name, *rest] if name in scope.iterators:
            value = scope.iterators[name]
        case _:
            return make_hole(".".join(path))
    for part in rest:
        value = _index(value, part)
    return make_hole(".".join(path)) if value is _UNKNOWN else value


_UNKNOWN = object()


def _variable(name: str, scope: Scope) -> Any:
    if name in scope.call and scope.caller:
        return evaluate(scope.call[name][0], scope.caller.deeper())
    if name in scope.folder.settings and not scope.caller:
        return evaluate(scope.folder.settings[name], scope.deeper())
    default = scope.folder.variables.get(name, {}).get("default")
    return evaluate(default[0], scope.deeper()) if default else _UNKNOWN


def _index(value: Any, part: str) -> Any:
    if isinstance(value, dict):
        return value.get(part, _UNKNOWN)
    if isinstance(value, list) and part.isdigit() and int(part) < len(value):
        return value[int(part)]
    return _UNKNOWN
