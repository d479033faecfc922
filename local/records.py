"""What the demo publishes: records with names that break careless code, poison, and repetitions."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import airportsdata

OWN_NAMES = (
    "مطار القاهرة الدولي",
    "مرحبا بالعالم",
    "نمل بتشديد: مُدَرِّسَةٌ",
    "שדה התעופה בן גוריון",
    "נִקּוּד עברי",
    "עברית with English בתוך",
    "東京国際空港",
    "北京首都国际机场",
    "인천국제공항",
    "한글 자모 분해",
    "𠮷野家 𩸽",
    "ท่าอากาศยานสุวรรณภูมิ",
    "हिन्दी: क्षत्रिय",
    "Ελευθέριος Βενιζέλος",
    "Zalgo: Z̷͎̈ã̸̠l̷̰̽g̴̟̀o̶̤̐",
    "Ame\u0301lie (combining) / Amélie (composed)",
    "🛫✈️🛬 👩🏽‍✈️ 🏳️‍🌈",
    "🇨🇭🇯🇵🇧🇷",
    "right-to-left mark: \u200f and override: \u202etxt.exe",
    "quotes ' \" \\ ; -- <script> \u2028 \t end",
)
"""Twenty names of our own."""

POISON = (
    b"",
    b"\xff\xfe\x00",
    b"not json",
    b"null",
    b"[]",
    b'"text"',
    b"42",
    b"{}",
    b'{"name": "no id"}',
    b'{"id": null}',
    b'{"id": "1"}',
    b'{"id": 1.5}',
    b'{"id": true}',
    b'{"id": 9223372036854775808}',
    b'{"id": 1, "name": 2}',
    b'{"id": 1, "name": ["x"]}',
    b'{"id": 1, "extra": 1}',
    b'{"id": 1, "id": 2}',
    b'{"id": NaN}',
    b'{"id": 1, "name": "\\ud800"}',
)
"""Twenty payloads that can never become a row."""

RECORDS = 1000
DUPLICATES = 50


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message before it is published."""

    data: bytes
    attributes: dict[str, str] = field(default_factory=dict)


def rows() -> list[dict[str, object]]:
    """Make the rows that readers must find: airports, those with accents first, then our own."""
    names = {airport["name"]: None for airport in airportsdata.load("ICAO").values()}
    ordered = sorted(names, key=lambda name: (name.isascii(), name))
    chosen = [*ordered[: RECORDS - len(OWN_NAMES)], *OWN_NAMES]
    return [{"id": number, "name": name} for number, name in enumerate(chosen, start=1)]


def messages() -> Iterator[Outgoing]:
    """Make all messages: the records, some of them twice, and the poison in between."""
    poison = iter(POISON)
    for index, row in enumerate(rows()):
        data = json.dumps(row, ensure_ascii=index % 2 == 0).encode()
        if index % (RECORDS // DUPLICATES) == 0:
            # A publisher that repeats itself says so by its own key; Pub/Sub gives each a new id.
            event = {"event_id": f"record-{index}"}
            yield Outgoing(data, event)
            yield Outgoing(data, event)
        else:
            yield Outgoing(data)
        if index % (RECORDS // len(POISON)) == 0:
            yield Outgoing(next(poison), {"origin": "demo", "note": "poison"})
