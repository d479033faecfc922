"""The environment is read into values of the right type, or refused in one message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.settings import Environment, SettingsError


def read(value, reader):
    """Read the variable X with a reader and insist that it is right."""
    environment = Environment({} if value is None else {"X": value})
    found = reader(environment)
    environment.check()
    return found


def text(environment):
    return environment.text("X", pattern=r"[a-z]{1,5}")


def words(environment):
    return environment.words("X")


def number(environment):
    return environment.number("X", 7, minimum=1, maximum=100)


def duration(environment):
    return environment.duration_s("X", "2s", minimum="500ms", maximum="7d")


def share(environment):
    return environment.share("X", "0.25")


def url(environment):
    return environment.url("X")


def choice(environment):
    return environment.choice("X", ("verify", "iam"), "verify")


@pytest.mark.parametrize(
    ("reader", "value", "found"),
    [
        (text, "abc", "abc"),
        (words, "a", ("a",)),
        (words, " a , b,,c ,", ("a", "b", "c")),
        (number, None, 7),
        (number, "", 7),
        (number, "1", 1),
        (number, "100", 100),
        (number, "007", 7),
        (duration, None, 2),
        (duration, "", 2),
        (duration, "500ms", 0.5),
        (duration, "90s", 90),
        (duration, "15m", 900),
        (duration, "24h", 86_400),
        (duration, "7d", 604_800),
        (share, None, 0.25),
        (share, "0", 0),
        (share, "0.05", 0.05),
        (share, "1.000", 1),
        (url, "https://example.com/a?b", "https://example.com/a?b"),
        (url, "http://127.0.0.1:9050", "http://127.0.0.1:9050"),
        (choice, None, "verify"),
        (choice, "iam", "iam"),
    ],
)
def test_a_right_value_is_read(reader, value, found):
    assert read(value, reader) == found


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        (text, None),
        (text, ""),
        (text, "abcdef"),
        (text, "ABC"),
        (text, "abc\n"),
        (text, "a\nb"),
        (words, None),
        (words, ""),
        (words, ","),
        (words, " , , "),
        (words, "a\nb"),
        (number, "0"),
        (number, "101"),
        (number, "-1"),
        (number, "+1"),
        (number, "1.0"),
        (number, "1e1"),
        (number, "1_0"),
        (number, " 1"),
        (number, "1\n"),
        (number, "\u0661"),
        (number, "9" * 5000),
        (duration, "2"),
        (duration, "s"),
        (duration, "2 s"),
        (duration, "2S"),
        (duration, "-2s"),
        (duration, "1.5s"),
        (duration, "2s\n"),
        (duration, "1h30m"),
        (duration, "499ms"),
        (duration, "8d"),
        (duration, "\u0662s"),
        (duration, "9" * 5000 + "s"),
        (share, "1.1"),
        (share, "2"),
        (share, "-0"),
        (share, ".5"),
        (share, "0."),
        (share, "1e-2"),
        (share, "nan"),
        (share, "0.5 "),
        (share, "0.5\n"),
        (share, "\u0660"),
        (share, "0." + "9" * 5000),
        (url, None),
        (url, "https://"),
        (url, "https:///path"),
        (url, "https://[bad"),
        (url, "http://[::1"),
        (url, "example.com"),
        (url, "//example.com"),
        (url, "http://example.com"),
        (url, "http://10.0.0.1"),
        (url, "http://127.0.0.1.example.com"),
        (url, "http://127.0.0.1@example.com"),
        (url, "http://localhost.example.com"),
        (url, "http:127.0.0.1"),
        (url, "ftp://127.0.0.1"),
        (url, "file:///etc/passwd"),
        (url, "javascript:https://example.com"),
        (choice, "IAM"),
        (choice, "iam "),
        (choice, "verify|iam"),
        (choice, "."),
    ],
)
def test_a_wrong_value_is_named(reader, value):
    with pytest.raises(SettingsError, match=r"cannot start: .*\bX\b"):
        read(value, reader)


def test_a_wrong_value_is_not_repeated():
    """It may be a secret that was put into the wrong variable."""
    for reader in (text, number, duration, url, choice):
        with pytest.raises(SettingsError) as caught:
            read("Hunter2!", reader)
        assert "Hunter2" not in str(caught.value)


def test_all_complaints_are_in_one_message():
    environment = Environment({"B": "many", "C": "long"})
    environment.text("A")
    environment.number("B", 1, minimum=1, maximum=2)
    environment.duration_s("C", "1s", minimum="1s", maximum="2s")
    environment.complain("D and E contradict each other")
    with pytest.raises(SettingsError) as caught:
        environment.check()
    message = str(caught.value)
    assert "\n" not in message
    for part in ("A is not set", "B must be", "from 1 to 2", "C must be", "as 1s is", "D and E"):
        assert part in message


def test_an_empty_variable_counts_as_missing():
    environment = Environment({"EMPTY": "", "SET": "x"})
    assert environment.optional("EMPTY") is environment.optional("MISSING") is None
    assert environment.optional("SET") == "x"


@given(st.text(max_size=30))
def test_no_number_passes_that_is_outside_of_its_bounds(value):
    try:
        found = read(value, number)
    except SettingsError:
        return
    assert 1 <= found <= 100


@given(st.from_regex(r"[0-9]{1,12}(ms|s|m|h|d)", fullmatch=True))
def test_no_duration_passes_that_is_outside_of_its_bounds(value):
    try:
        found = read(value, duration)
    except SettingsError:
        return
    assert 0.5 <= found <= 604_800
