"""Which alerts fire on given series, and when, as promtool evaluates them.

A test says that nothing ever fires; what promtool complains of is what did.
"""

import json
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from monitoring import promtool
from monitoring.promtool import PromtoolError

FIRING = 'ALERTS{alertstate="firing"}'
_COMPLAINT = re.compile(r"time: (?:(\d+)h)?(?:(\d+)m)?(?:\d+s)?,\s+exp: nil\s+got: (.*)")
_ALERT = re.compile(r'\balertname="([^"]+)"')


def firing(
    rules: Path, series: Iterable[tuple[str, str]], minutes: int
) -> Mapping[str, Sequence[int]]:
    """Tell at which minutes, of the first so many, each alert fires that fires at all.

    Raises:
        PromtoolError: the rules or the series are not understood, or as `promtool.test` does.
    """
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series],
        "promql_expr_test": [
            {"expr": FIRING, "eval_time": f"{minute}m", "exp_samples": []}
            for minute in range(minutes)
        ],
    }
    whole = {"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": [test]}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.json"
        path.write_text(json.dumps(whole), "utf-8")
        return read(*promtool.test([path]))


def read(status: int, text: str) -> Mapping[str, Sequence[int]]:
    """Read promtool's complaints.

    Raises:
        PromtoolError: there is another complaint among them, or none although it failed.
    """
    found: defaultdict[str, list[int]] = defaultdict(list)
    complaints = _COMPLAINT.findall(text)
    for hours, minutes, got in complaints:
        for name in sorted(set(_ALERT.findall(got))):
            found[name].append(int(hours or 0) * 60 + int(minutes or 0))
    if len(complaints) != text.count("got:") or bool(found) is not bool(status):
        raise PromtoolError(f"promtool: {text.strip()[:500]}")
    return dict(found)
