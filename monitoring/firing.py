"""Whether a rule fires when its cases say so, and only then, by promtool's word."""

import json
import re
import tempfile
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from monitoring import promtool
from monitoring.cases.case import Case
from monitoring.promtool import PromtoolError
from monitoring.rules import Rule

_FAILED = re.compile(r"alertname: \w+_v(\d+), time: .*")


def judge(rule: Rule, cases: Sequence[Case]) -> str:
    """Try a rule on cases.

    Returns:
        What promtool says of the cases that went otherwise; nothing if all went as told.

    Raises:
        PromtoolError: as `promtool.test` does, or it could not read the rule or the cases.
    """
    (wrong,), said = _try([rule], cases, rule)
    return said if wrong else ""


def notice(variants: Sequence[Rule], cases: Sequence[Case], rule: Rule) -> list[bool]:
    """Try variants of a rule on its cases, all in one run, which reads the samples once.

    Returns:
        For each variant whether a case went otherwise than for the rule.

    Raises:
        PromtoolError: as `judge` does.
    """
    return _try(variants, cases, rule)[0]


def _try(variants: Sequence[Rule], cases: Sequence[Case], rule: Rule) -> tuple[list[bool], str]:
    with tempfile.TemporaryDirectory(prefix="rules-") as folder:
        status, said = promtool.test(_files(Path(folder), variants, cases, rule))
    failed = {int(match[1]) for match in _FAILED.finditer(said)}
    # It ends with 1 as well when it cannot read or evaluate what it is given.
    if "err:" in said or bool(failed) != bool(status):
        raise PromtoolError(f"{rule.alert}: {said[:2000]}")
    return [number in failed for number in range(len(variants))], said


def _files(folder: Path, variants: Sequence[Rule], cases: Sequence[Case], rule: Rule) -> list[Path]:
    """Write a rule file and, for each length of step, a test file; JSON is YAML."""
    names = [f"{rule.alert}_v{number}" for number in range(len(variants))]
    written = [
        variant.model_dump(by_alias=True, exclude_none=True) | {"alert": name}
        for name, variant in zip(names, variants, strict=True)
    ]
    _write(folder / "rules.json", {"groups": [{"name": "one", "rules": written}]})
    paths = []
    for step_m, group in groupby(sorted(cases, key=_step), key=_step):
        paths.append(folder / f"every-{step_m}m.json")
        document = {
            "rule_files": ["rules.json"],
            "evaluation_interval": f"{step_m}m",
            "tests": [_test(case, names, rule) for case in group],
        }
        _write(paths[-1], document)
    return paths


def _step(case: Case) -> int:
    return case.step_m


def _write(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document), "utf-8")


def _test(case: Case, names: Sequence[str], rule: Rule) -> dict[str, Any]:
    fired = {
        "exp_labels": rule.labels.model_dump(exclude_none=True),
        "exp_annotations": rule.annotations.model_dump(),
    }
    asked = [(minute, [fired]) for minute in case.fires] + [(m, []) for m in case.silent]
    return {
        "name": case.name,
        "interval": f"{case.step_m}m",
        "input_series": [
            series.promtool() for each in case.series for series in each.with_others()
        ],
        "alert_rule_test": [
            {"alertname": name, "eval_time": f"{minute}m", "exp_alerts": alerts}
            for name in names
            for minute, alerts in sorted(asked, key=lambda pair: pair[0])
        ],
    }
