"""Breaks the alert rules and counts which of it their cases notice: monitoring/mutation.json."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from monitoring import firing, promtool
from monitoring.cases import all_cases
from monitoring.mutants import Mutant
from monitoring.rules import Rule

REPORT = Path(__file__).with_name("mutation.json")
AT_A_TIME = 2


def survivors(mutants: Sequence[Mutant], rules: Sequence[Rule]) -> list[Mutant]:
    """Try mutants on the cases of their alerts; return those that nothing noticed.

    Raises:
        promtool.PromtoolError: promtool is missing, or could not judge one.
    """
    cases, whole = all_cases.by_alert(), {rule.alert: rule for rule in rules}

    def noticed(name: str) -> list[tuple[Mutant, bool]]:
        mine = [mutant for mutant in mutants if mutant.rule.alert == name]
        variants = [whole[name], *(mutant.rule for mutant in mine)]
        itself, *fates = firing.notice(variants, cases[name], whole[name])
        if itself:
            raise promtool.PromtoolError(f"{name}: its cases fail without any mutation")
        return list(zip(mine, fates, strict=True))

    # The work is promtool's, in processes of its own.
    names = dict.fromkeys(mutant.rule.alert for mutant in mutants)
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        fates = [fate for each in pool.map(noticed, names) for fate in each]
    return [mutant for mutant, dead in fates if not dead]


def report(mutants: Sequence[Mutant], alive: Sequence[Mutant]) -> dict[str, Any]:
    """Write the fates for `json.dumps`, in the rules' order."""
    by_alert: dict[str, dict[str, str]] = {}
    for mutant in mutants:
        fate = "survived" if mutant in alive else "killed"
        by_alert.setdefault(mutant.rule.alert, {})[f"{mutant.kind} {mutant.change}"] = fate
    return {
        "mutants": len(mutants),
        "killed": len(mutants) - len(alive),
        "rules": by_alert,
    }


def render(facts: dict[str, Any]) -> str:
    """Write a report as the text of its file."""
    return json.dumps(facts, indent=1) + "\n"
