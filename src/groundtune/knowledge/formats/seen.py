"""What is said of text that a person can't see, and the characters that have no look of their own.

Zero-width characters, direction marks and Unicode tags are taken out of every text. Harmless ones, which web pages are
full of, are not spoken of; those that can carry a message are.
"""

from __future__ import annotations

import re

from groundtune.i18n import t

Colour = tuple[int, int, int]
"""Red, green, blue; 0 to 255."""
WHITE = (255, 255, 255)
CONTRAST = 40
"""Of 255, in one of the three colours. Less is not read by people, and not meant to be."""

_QUOTED = 80

_FLAG = r"\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"
"""Flags such as that of Scotland are written with tags."""
_JOINED = r"(?<=[A-Za-z0-9\s가-힣ㄱ-ㆎ.,;:!?()])[\u200c\u200d]+"
"""Joiners after letters of scripts that don't join; emoji, Arabic and Indic scripts need theirs."""
_NO_LOOK = re.compile(
    rf"(?P<flag>{_FLAG})|(?P<message>[\U000e0000-\U000e007f]+|(?<![\u3400-\u9fff\uf900-\ufaff])[\U000e0100-\U000e01ef]+"
    r"|[\u202d\u202e]|[\u200b\u2060-\u2064\ufeff\u180e\u200c\u200d]{8,})"
    rf"|[\u200b\u2060-\u2064\ufeff\u180e\u202a-\u202c\u2066-\u2069]+|{_JOINED}"
)
_MAY_HAVE = re.compile(r"[\u180e\u200b-\u200d\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e01ef]")


def alike(one: Colour, other: Colour) -> bool:
    """Whether text of the one colour can't be seen on the other."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) < CONTRAST


def hex_colour(value: str | None) -> Colour | None:
    """Of “FFFFFF” or “#FFFFFF”; `None` for anything else, such as “auto” and “none”."""
    digits = (value or "").removeprefix("#")
    if not re.fullmatch(r"[0-9A-Fa-f]{6}", digits):
        return None
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def left_out_notice(place: str, words: str) -> str:
    """`place` is empty where the whole file is meant; `words` are those that nobody sees."""
    words = printable(words)
    quoted = f"{words[:_QUOTED]}…" if len(words) > _QUOTED else words
    if place:
        return t("{place}: text that nobody sees was left out: “{words}”", place=place, words=quoted)
    return t("Text that nobody sees was left out: “{words}”", words=quoted)


def printable(words: str) -> str:
    """On one line, without what would command a terminal."""
    return "".join(letter for letter in " ".join(words.split()) if letter.isprintable())


def without_invisible(text: str) -> tuple[str, int]:
    """The text without characters that have no look, and how many of them could carry a message."""
    if not _MAY_HAVE.search(text):
        return text, 0
    carriers = 0

    def replaced(match: re.Match[str]) -> str:
        nonlocal carriers
        if match["flag"]:
            return match.group()
        carriers += len(match["message"] or "")
        return ""

    return _NO_LOOK.sub(replaced, text), carriers


def carriers_notice(count: int) -> str:
    return t(
        "{count} invisible {count:|character|characters} that can carry a message {count:|was|were} left out.",
        count=count,
    )
