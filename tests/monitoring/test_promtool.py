"""Where promtool gives no answer, the error says what to do."""

import pytest

from monitoring import promtool

PROGRAMS = {
    "is not installed": (None, "apt-get install"),
    "is no program": ("no program", "apt-get install"),
    "does not end": ("#!/bin/sh\nexec sleep 60\n", "try again while this machine has less to do"),
}


@pytest.mark.parametrize(("text", "advice"), PROGRAMS.values(), ids=PROGRAMS)
def test_no_answer_is_an_error_that_says_what_to_do(tmp_path, monkeypatch, text, advice):
    if text is not None:
        (tmp_path / "promtool").write_text(text, "utf-8")
        (tmp_path / "promtool").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin" if text else str(tmp_path))
    monkeypatch.setattr(promtool, "TIMEOUT_S", 0.5)
    with pytest.raises(promtool.PromtoolError, match=advice):
        promtool.test([tmp_path / "cases.json"])
