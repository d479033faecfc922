"""A cursor is read only as it was written: to the letter, and for the filter it was written for."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.cursor import MAX_CHARACTERS, VERSION, CursorError, decode, encode
from app.selection import Filter, Position

NOON = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
POSITION = Position(NOON - timedelta(days=7), NOON + timedelta(seconds=1), NOON, "e:order-17")
FILTER = Filter((("id", 7), ("name", "Ω")), NOON - timedelta(days=1), None)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

MOMENTS = st.datetimes(datetime(1999, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is beside it
VALUES = st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.text() | st.floats(allow_nan=False)
FILTERS = st.builds(
    Filter,
    st.lists(st.tuples(st.sampled_from(["a", "b"]), VALUES), max_size=3).map(tuple),
    st.none() | MOMENTS,
    st.none() | MOMENTS,
)
KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@st.composite
def positions(draw):
    since, publish_time, until = sorted(draw(st.lists(MOMENTS, min_size=3, max_size=3)))
    assume(publish_time < until)
    return Position(since, until, publish_time, draw(KEYS))


def write(text):
    """Write any text the way a cursor is written."""
    raw = text if isinstance(text, bytes) else text.encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def read(cursor):
    """Give the fields of a cursor."""
    return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))


@given(positions(), FILTERS)
def test_a_cursor_gives_its_position_back(position, filter_):
    assert decode(encode(position, filter_), filter_) == position


def test_a_cursor_outlives_the_release_that_wrote_it():
    """Callers keep one for as long as they like; another text needs another VERSION."""
    cursor = (
        "WzEsIjBlYmM3NjNhNGI2NWY0NGQiLDE3OTQ5MTY4MDAxMjM0NTYsMTc5NTUyMTYwMTEyMzQ1NiwxNzk1"
        "NTIxNjAwMTIzNDU2LCJaVHB2Y21SbGNpMHhOdz09Il0"
    )
    assert decode(cursor, FILTER) == POSITION
    assert encode(POSITION, FILTER) == cursor


@given(positions(), FILTERS)
def test_a_cursor_needs_no_escape_in_a_url(position, filter_):
    assert set(encode(position, filter_)) <= set(ALPHABET)


@pytest.mark.parametrize(
    "key", ["e:" + "x" * 1024, "e:" + "Ω" * 512, "e:" + '"' * 1024, "e:" + "\x01" * 1024, "m:1", ""]
)
def test_a_cursor_of_the_longest_key_can_be_read(key):
    """An attribute's value has at most 1,024 bytes."""
    position = replace(POSITION, key=key)
    assert decode(encode(position, FILTER), FILTER) == position


def test_a_cursor_may_be_as_long_as_the_limit_and_no_longer():
    since = datetime(1970, 1, 1, 0, 0, 0, 1000, tzinfo=UTC)
    longest, longer = (replace(POSITION, since=since, key="x" * size) for size in (2256, 2257))
    assert len(encode(longest, FILTER)) == MAX_CHARACTERS
    assert decode(encode(longest, FILTER), FILTER) == longest
    with pytest.raises(CursorError, match="too long"):
        decode(encode(longer, FILTER), FILTER)


def test_a_cursor_that_is_too_long_is_refused_before_it_is_read():
    cursor = encode(replace(POSITION, key="x" * MAX_CHARACTERS), FILTER)
    with pytest.raises(CursorError, match="too long"):
        decode(cursor, FILTER)


def test_every_change_of_one_character_is_refused_or_is_another_cursor():
    """It is never a second spelling of a position, and never another error."""
    cursor = encode(POSITION, FILTER)
    refused = 0
    for place in range(len(cursor)):
        for character in ALPHABET + "=+/. \n\x00é":
            changed = cursor[:place] + character + cursor[place + 1 :]
            if changed == cursor:
                continue
            try:
                position = decode(changed, FILTER)
            except CursorError:
                refused += 1
            else:
                assert position != POSITION
                assert encode(position, FILTER) == changed
    assert refused > 0.8 * len(cursor) * len(ALPHABET)


@given(st.text(st.sampled_from(ALPHABET + "=+/. \n\x00é"), max_size=80))
def test_any_other_text_is_refused(text):
    with pytest.raises(CursorError):
        decode(text, FILTER)


@given(st.binary(max_size=80))
def test_any_other_bytes_are_refused(raw):
    with pytest.raises(CursorError):
        decode(write(raw), FILTER)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_any_other_json_is_refused(value):
    with pytest.raises(CursorError):
        decode(write(json.dumps(value)), FILTER)


OTHERS = {
    "no filter": Filter(),
    "another value": replace(FILTER, equals=(("id", 8), ("name", "Ω"))),
    "a value of another type": replace(FILTER, equals=(("id", "7"), ("name", "Ω"))),
    "another column": replace(FILTER, equals=(("number", 7), ("name", "Ω"))),
    "fewer columns": replace(FILTER, equals=(("id", 7),)),
    "another order": replace(FILTER, equals=(("name", "Ω"), ("id", 7))),
    "no since": replace(FILTER, since=None),
    "another since": replace(FILTER, since=FILTER.since + timedelta(microseconds=1)),
    "since for until": replace(FILTER, since=None, until=FILTER.since),
    "an until": replace(FILTER, until=NOON),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_a_cursor_of_another_filter_is_refused(other):
    """Else a page would begin where its own scan never was."""
    with pytest.raises(CursorError):
        decode(encode(POSITION, FILTER), other)


def test_the_filters_moments_count_and_not_how_they_are_written():
    elsewhere = replace(FILTER, since=FILTER.since.astimezone())
    assert decode(encode(POSITION, FILTER), elsewhere) == POSITION


def changed(place, value):
    """Change one field of a good cursor."""
    fields = read(encode(POSITION, FILTER))
    fields[place] = value
    return write(json.dumps(fields, separators=(",", ":"), ensure_ascii=False))


VERSION_AT, DIGEST_AT, SINCE_AT, UNTIL_AT, TIME_AT, KEY_AT = range(6)
_, DIGEST, SINCE, UNTIL, TIME, KEY = read(encode(POSITION, FILTER))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (VERSION_AT, VERSION + 1),
        (VERSION_AT, 0),
        (VERSION_AT, None),
        (VERSION_AT, True),
        (VERSION_AT, float(VERSION)),
        (VERSION_AT, str(VERSION)),
        (DIGEST_AT, DIGEST[::-1]),
        (DIGEST_AT, DIGEST[:8]),
        (DIGEST_AT, DIGEST.upper()),
        (DIGEST_AT, ""),
        (DIGEST_AT, None),
        (SINCE_AT, TIME + 1),
        (SINCE_AT, UNTIL),
        (SINCE_AT, float(SINCE)),
        (SINCE_AT, str(SINCE)),
        (SINCE_AT, None),
        (SINCE_AT, [SINCE]),
        (SINCE_AT, -(10**17)),
        (SINCE_AT, -62_135_596_800_000_000),
        (SINCE_AT, -62_135_596_800_000_000 + 86_400_000_000 - 1),
        (SINCE_AT, -(10**40)),
        (UNTIL_AT, TIME),
        (UNTIL_AT, SINCE),
        (UNTIL_AT, 10**18),
        (UNTIL_AT, 10**40),
        (UNTIL_AT, float("inf")),
        (UNTIL_AT, float("nan")),
        (UNTIL_AT, True),
        (TIME_AT, UNTIL),
        (TIME_AT, SINCE - 1),
        (TIME_AT, None),
        (TIME_AT, TIME + 0.5),
        (KEY_AT, None),
        (KEY_AT, 7),
        (KEY_AT, "%"),
        (KEY_AT, "/w=="),
        (KEY_AT, [KEY]),
        (KEY_AT, "\ud800"),
    ],
)
def test_a_cursor_that_nobody_wrote_is_refused(place, value):
    try:
        cursor = changed(place, value)
    except UnicodeEncodeError:
        cursor = write(f'[{VERSION},"{DIGEST}",{SINCE},{UNTIL},{TIME},"\\ud800"]')
    with pytest.raises(CursorError):
        decode(cursor, FILTER)


def test_the_earliest_moment_of_a_scan_may_be_the_position_itself():
    """The bounds are inclusive below and exclusive above, as `since` and `until` are."""
    assert decode(changed(SINCE_AT, TIME), FILTER).since == NOON
    assert decode(changed(TIME_AT, SINCE), FILTER).publish_time == POSITION.since
    assert decode(changed(TIME_AT, UNTIL - 1), FILTER).publish_time < POSITION.until


@pytest.mark.parametrize(("too_early_us", "fits"), [(0, True), (1, False)])
def test_no_scan_begins_before_1900(too_early_us, fits):
    """Else a deduplication window before it would be no date any more."""
    since = datetime(1900, 1, 1, tzinfo=UTC) - timedelta(microseconds=too_early_us)
    cursor = encode(replace(POSITION, since=since), FILTER)
    if fits:
        assert decode(cursor, FILTER).since == since
    else:
        with pytest.raises(CursorError, match="outside its own bounds"):
            decode(cursor, FILTER)


GOOD = encode(POSITION, FILTER)
FIELDS = [VERSION, DIGEST, SINCE, UNTIL, TIME, KEY]
SPELLINGS = {
    "padded": GOOD + "=" * (-len(GOOD) % 4 or 4),
    "a space before": f" {GOOD}",
    "a newline behind": f"{GOOD}\n",
    "a null behind": f"{GOOD}\x00",
    "not ASCII": f"{GOOD}é",
    "spaces in the JSON": write(json.dumps(FIELDS)),
    "a newline in the JSON": write(json.dumps(FIELDS, separators=(",", ":")) + "\n"),
    "an escape in the key": write(
        json.dumps([*FIELDS[:-1], "KEY"], separators=(",", ":")).replace(
            "KEY", f"\\u{ord(KEY[0]):04x}{KEY[1:]}"
        )
    ),
    "a plus before a number": write(f'[+{VERSION},"{DIGEST}",{SINCE},{UNTIL},{TIME},"{KEY}"]'),
    "a zero before a number": write(f'[0{VERSION},"{DIGEST}",{SINCE},{UNTIL},{TIME},"{KEY}"]'),
    "an exponent": write(f'[{VERSION}e0,"{DIGEST}",{SINCE},{UNTIL},{TIME},"{KEY}"]'),
    "UTF-16": write(json.dumps(FIELDS, separators=(",", ":")).encode("utf-16")),
    "a byte order mark": write(
        b"\xef\xbb\xbf" + json.dumps(FIELDS, separators=(",", ":")).encode()
    ),
    "one field less": write(json.dumps(FIELDS[:-1], separators=(",", ":"))),
    "one field more": write(json.dumps([*FIELDS, 1], separators=(",", ":"))),
    "an object": write(json.dumps(dict(enumerate(FIELDS)))),
    "deep": write("[" * 3000),
    "a number of 5,000 digits": write(
        f'[{VERSION},"{DIGEST}",{SINCE},{"9" * 3000},{TIME},"{KEY}"]'
    ),
    "empty": "",
    "too long": "A" * (MAX_CHARACTERS + 1),
}


@pytest.mark.parametrize("cursor", SPELLINGS.values(), ids=SPELLINGS)
def test_a_second_spelling_of_a_cursor_is_refused(cursor):
    """One position has one text, so that nobody can fill the cache with copies of a page."""
    with pytest.raises(CursorError):
        decode(cursor, FILTER)


def test_unused_bits_of_the_last_character_cannot_hide_anything():
    for key in ("e", "e:", "e:1"):
        cursor = encode(replace(POSITION, key=key), FILTER)
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        for character in ALPHABET:
            twin = cursor[:-1] + character
            same = base64.urlsafe_b64decode(twin + "=" * (-len(twin) % 4)) == raw
            if same and twin != cursor:
                with pytest.raises(CursorError):
                    decode(twin, FILTER)


REFUSALS = {
    "too long": ["A" * (MAX_CHARACTERS + 1)],
    "not a cursor": ["%", f"{GOOD}....", changed(KEY_AT, f"%%%%{KEY}"), write("{}")],
    "outside its own bounds": [changed(TIME_AT, UNTIL), changed(SINCE_AT, TIME + 1)],
    "not canonical, or of another filter": [
        changed(VERSION_AT, VERSION + 1),
        changed(DIGEST_AT, DIGEST[::-1]),
        write(json.dumps(FIELDS)),
    ],
}


@pytest.mark.parametrize(
    ("reason", "cursor"),
    [
        pytest.param(reason, cursor, id=f"{reason} {number}")
        for reason, cursors in REFUSALS.items()
        for number, cursor in enumerate(cursors, 1)
    ],
)
def test_each_check_of_a_cursor_refuses_for_its_own_reason(reason, cursor):
    with pytest.raises(CursorError) as caught:
        decode(cursor, FILTER)
    assert str(caught.value) == reason
