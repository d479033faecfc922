"""The issue's text: the same for the same drift, small enough for GitHub, and plain names alone."""

from deploy.nightly import issue
from deploy.nightly.drift import Difference, Drift

ONE = Difference(address="google_x.y", what="changed", attributes=("a.b", "c"))


def test_it_names_what_differs():
    drift = Drift(looked_at=21, differences=(ONE, Difference(address="google_x.z", what="gone")))
    text = issue.body(drift)
    assert text == issue.body(drift)
    assert text.splitlines()[0] == issue.MARK
    assert "2 of 21 resources differ" in text
    assert "| `google_x.y` | changed | `a.b`, `c` |" in text
    assert "| `google_x.z` | gone |  |" in text


def test_it_is_never_too_long_for_github():
    long = Difference(address="x" * 300, what="changed", attributes=("y" * 200,) * 500)
    text = issue.body(Drift(looked_at=9999, differences=(long,) * 9999))
    assert len(text) < 65_536
    assert "480 more |" in text
    rows = text.count("`xxx")
    assert f"| and {9999 - rows} more | | |" in text
    assert text.endswith("`docs/nightly.md`."), "its end was cut off"
