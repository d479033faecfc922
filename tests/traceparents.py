"""A good `traceparent`, and what somebody may send in its place; for headers and attributes."""

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GOOD = f"00-{TRACE}-{SPAN}-01"

HOSTILE = {
    "empty": "",
    "not hexadecimal": f"00-{TRACE[:-1]}g-{SPAN}-01",
    "upper case": GOOD.upper(),
    "trace id of zeros": f"00-{'0' * 32}-{SPAN}-01",
    "span id of zeros": f"00-{TRACE}-{'0' * 16}-01",
    "a later version": f"01-{TRACE}-{SPAN}-01",
    "a later version with more": f"cc-{TRACE}-{SPAN}-01-what-comes-then",
    "the forbidden version": f"ff-{TRACE}-{SPAN}-01",
    "short trace id": f"00-{TRACE[:-1]}-{SPAN}-01",
    "long trace id": f"00-{TRACE}0-{SPAN}-01",
    "short span id": f"00-{TRACE}-{SPAN[:-1]}-01",
    "no flags": f"00-{TRACE}-{SPAN}",
    "short flags": f"00-{TRACE}-{SPAN}-1",
    "something behind": f"{GOOD}-x",
    "something before": f"x{GOOD}",
    "a space before": f" {GOOD}",
    "a space behind": f"{GOOD} ",
    "a line's end": f"{GOOD}\n",
    "a header of its own": f"{GOOD}\r\nX-Evil: 1",
    "a null": f"{GOOD}\x00",
    "twice": f"{GOOD}, {GOOD}",
    "twice without a space": f"{GOOD},{GOOD}",
    "digits of another script": GOOD.replace(TRACE, "\u0661" * 32),
    "letters as wide as digits": GOOD.replace(TRACE, "\uff10" * 32),
    "other dashes": GOOD.replace("-", "\u2010"),
    "a path": f"00-../../other-project/{TRACE[:9]}-{SPAN}-01",
    "a megabyte": GOOD + "0" * (1 << 20),
    "a megabyte of dashes": "-" * (1 << 20),
    "half of a surrogate pair": GOOD[:-1] + "\ud800",
}
