"""What a stranger may have written, as text of a page: all of it seen, none of it endless.

A pull request chooses file names, and through them, rules' messages. HTML's own characters are the
template engine's to escape; here it is about what is no markup and misleads all the same.
"""

import re

from markupsafe import Markup, escape

LONGEST = 1000
"""Characters of one text. `verdict.json` has the whole."""
SIGNS = {"\n": "⏎", "\t": "⇥"}
UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\U000e0100-\U000e01ef]"
)
"""Letters and marks without a shape, though `str.isprintable` takes them for printable."""
ADDRESS = re.compile(
    r"https://[a-z0-9-]++(?:\.[a-z0-9-]++)*+(?::[0-9]{1,5})?+"
    r"(?>[/?#](?:[\w.~:/?#\[\]@!$&'()*+,;=%-]*[\w/~&#=+%-])?)?+(?!:?[\w@\\])",
    re.ASCII,
)
"""An https address; a sentence's last full stop is not part of it.

What names a user is none, since people read `https://known.example@unknown.example` wrongly. So
nothing is given back once it is matched: a part of such an address would look right.
"""
LINK = Markup('<a href="{0}" rel="noopener noreferrer">{0}</a>')


def shown(value: object) -> object:
    """Make text visible and short; what is no text, or is markup of ours, stays as it is.

    Fit to be the template engine's `finalize`: then nothing gets past it.
    """
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    text = visible(value[:LONGEST])[:LONGEST]
    left_out = len(value) - LONGEST
    return f"{text} … and {left_out} characters more" if left_out > 0 else text


def visible(text: str) -> str:
    r"""Write what steers, turns or hides text as what it is: `\u{202e}`."""
    if text.isprintable() and not UNSEEN.search(text):
        return text
    return "".join(map(_visible, text))


def linked(text: str) -> Markup:
    """Turn https addresses into links that say where they lead; nothing else ever is a link."""
    seen = str(shown(text))
    parts, end = [Markup()], 0
    for match in ADDRESS.finditer(seen):
        parts += [escape(seen[end : match.start()]), LINK.format(match.group())]
        end = match.end()
    return Markup().join([*parts, escape(seen[end:])])


def _visible(letter: str) -> str:
    if letter.isprintable() and not UNSEEN.match(letter):
        return letter
    return SIGNS.get(letter, f"\\u{{{ord(letter):x}}}")
