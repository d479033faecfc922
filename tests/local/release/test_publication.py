"""The release's order: what was verified is attested, what was attested is admitted and pulled."""

import ast
import inspect

from local.release import publication

ORDER = ("push", "sign", "verify", "attest", "admit", "pull", "load")


def test_nothing_is_attested_before_it_is_verified_or_pulled_before_it_is_admitted():
    (publish,) = (
        node
        for node in ast.walk(ast.parse(inspect.getsource(publication)))
        if isinstance(node, ast.FunctionDef) and node.name == "publish"
    )
    # Statement by statement: none of them is under a condition that could leave it out.
    calls = [
        each.value.func.attr
        for each in publish.body
        if isinstance(each, ast.Expr | ast.Return) and isinstance(each.value, ast.Call)
    ]
    assert [name for name in calls if name in ORDER] == list(ORDER)
