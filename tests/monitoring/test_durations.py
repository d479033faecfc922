"""A duration is a whole number and a unit, and nothing else."""

import pytest

from monitoring.durations import DurationError, seconds


@pytest.mark.parametrize(
    ("text", "wanted"), [("500ms", 0.5), ("8s", 8), ("15m", 900), ("24h", 86400), ("7d", 604800)]
)
def test_durations_are_those_of_the_settings(text, wanted):
    assert seconds(text) == wanted


@pytest.mark.parametrize("text", ["", "8", "s", "-1s", "1.5s", "8s ", "1w", "1h30m", None, 8])
def test_what_is_no_duration_is_an_error(text):
    with pytest.raises(DurationError, match="is no duration"):
        seconds(text)
