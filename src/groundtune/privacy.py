"""Where a person is named: in texts, and in the bytes of any file. Knows names, addresses and numbers, not documents.

A name is found however it is composed (NFC, NFD, full width), spaced, broken by a line's end or by invisible
characters, and with whatever particle follows it. It knows nothing of inflection, of misspellings, or of whom a pronoun
means.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from mmap import mmap

from groundtune.errors import UsageError
from groundtune.i18n import t

MARK = "■■■"
"""Stands where a person was named: in every language and encoding of Korean, and no word that a search could find."""

_UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_PARTICLES = re.compile(
    "은|는|이|가|을|를|의|에|께|님|씨|군|양|와|과|도|만|로|랑|한테|부터|까지|처럼|보다|였|입니|라고|라는|아|야|및|마저|조차|밖"
)
"""How what follows a Korean name begins."""
_LONG_DIGITS, _LONG_ID = 7, 5


@dataclass(frozen=True, slots=True)
class Person:
    """By what somebody is known. Raises UsageError through `Finder` for what is too short to tell anybody by."""

    names: tuple[str, ...]
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Needle:
    """One of a person's names, addresses or numbers: what is looked for, and which of its neighbours forbid it."""

    letters: tuple[tuple[str, str], ...]
    """Each letter, and what may stand before it: nothing seen, a gap, or signs."""
    kind: str
    """syllables, words, email, digits or id"""
    long: bool
    """Whether its bytes alone tell it from any other word."""

    def pattern(self, letter: Callable[[str], str], between: dict[str, str]) -> str:
        return "".join(between[before] + letter(character) for character, before in self.letters)

    def is_alike_in(self, form: str) -> bool:
        """Whether `form` writes it as UTF-8 does; a name of several words may have %20 between them."""
        ascii_only = all(letter.isascii() for letter, _ in self.letters)
        return ascii_only and (form in ("cp949", "json", "html") or (form == "percent" and self.kind != "words"))

    def accepts(self, found: str, before: str, after: str) -> bool:
        """Whether it is this person's, by the characters next to it."""
        last, first = before[-1:], after[:1]
        if self.kind == "syllables":
            if len(self.letters) >= 3 and not any(letter.isspace() for letter in found):
                return True
            return not _syllabic(last) and (not _syllabic(first) or _PARTICLES.match(after) is not None)
        if self.kind == "words":
            return not (_alphabetic(last) or _alphabetic(first))
        if self.kind == "digits":
            return not (last.isdigit() or first.isdigit())
        if self.kind == "email":
            return not (_alphabetic(last) or last.isdigit() or last in ("_", "+", "%") or _alphabetic(first))
        return not (_alphabetic(last) or last.isdigit() or _alphabetic(first) or first.isdigit())


class Finder:
    """Finds one person. Raises UsageError for a name or number by which nobody could be told from others."""

    def __init__(self, person: Person) -> None:
        needles = [needle for name in person.names for needle in _of_name(name)]
        needles += [_literal(address, "email") for address in person.emails]
        needles += [needle for number in person.phones for needle in _of_phone(number)]
        needles += [_literal(number, "id") for number in person.ids]
        self._needles = list(dict.fromkeys(needles))

    @cached_property
    def _patterns(self) -> list[tuple[_Needle, re.Pattern[str]]]:
        plain = {"": f"[{_UNSEEN}]?", "gap": rf"[\s{_UNSEEN}]{{0,2}}", "sign": rf"[\W_{_UNSEEN}]{{0,3}}", "^": ""}
        ways = [(_spellings, plain), *(_FORMS[form] for form in _ESCAPES)]
        patterns = {needle.pattern(*way): needle for needle in self._needles for way in ways}
        return [(needle, re.compile(pattern, re.IGNORECASE)) for pattern, needle in patterns.items()]

    def mentions(self, text: str) -> list[tuple[int, int]]:
        """Start and end of each place, in order, none within another."""
        found = sorted(
            (match.start(), match.end())
            for needle, pattern in self._patterns
            for match in pattern.finditer(text)
            if needle.accepts(match.group(), text[max(match.start() - 1, 0) : match.start()], text[match.end() :][:3])
        )
        joined: list[tuple[int, int]] = []
        for start, end in found:
            if joined and start < joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((start, end))
        return joined

    def names(self, text: str) -> bool:
        return bool(self.mentions(text))

    def redacted(self, text: str) -> str:
        """The text with MARK in each place."""
        return replaced(text, self.mentions(text))

    # --- Bytes ---

    @property
    def in_bytes(self) -> bool:
        """Whether every needle is long enough to be told by its bytes; of the others only texts can be searched."""
        return all(needle.long for needle in self._needles)

    @cached_property
    def _byte_patterns(self) -> list[tuple[_Needle, str, re.Pattern[bytes]]]:
        found = []
        for needle in self._needles:
            if not needle.long:
                continue
            for form, (letter, between) in _FORMS.items():
                try:
                    pattern = needle.pattern(letter, between)
                except UnicodeEncodeError:  # a letter that this encoding lacks
                    continue
                if form == "utf-8" or not needle.is_alike_in(form):
                    cases = re.IGNORECASE if form in _ESCAPES else re.NOFLAG  # the others spell both; it costs much
                    found.append((needle, form, re.compile(pattern.encode("latin-1"), cases)))
        return found

    def bytes_found(self, data: bytes | mmap) -> Iterator[tuple[int, str]]:
        """Offset and encoding of each place in `data`, which may be a mapped file; by encoding, not in order."""
        for needle, form, pattern in self._byte_patterns:
            for match in pattern.finditer(data):
                encoding = form if form in ("utf-16-le", "utf-16-be", "cp949") else "utf-8"
                before = bytes(data[max(match.start() - 8, 0) : match.start()]).decode(encoding, "ignore")
                after = bytes(data[match.end() : match.end() + 12]).decode(encoding, "ignore")
                if needle.accepts(bytes(match.group()).decode(encoding, "ignore"), before, after):
                    yield match.start(), form


def replaced(text: str, places: Sequence[tuple[int, int]]) -> str:
    """`text` with MARK in place of each of the stretches, which are in order."""
    parts, end = [], 0
    for start, stop in places:
        parts += [text[end:start], MARK]
        end = stop
    return "".join([*parts, text[end:]])


def _of_name(name: str) -> Iterator[_Needle]:
    whole = unicodedata.normalize("NFKC", name).strip()
    parts = re.findall(r"[^\W_]+", whole)
    letters = sum(map(len, parts))
    if letters < 2 or (letters < 3 and not any(map(_syllabic, whole))):
        raise UsageError(t("“{name}” is too short to tell a person by. Give the whole name.", name=name))
    if all(_syllabic(letter) for part in parts for letter in part):
        joined = "".join(parts)
        yield _Needle(tuple(zip(joined, ["^", *["gap"] * (len(joined) - 1)], strict=True)), "syllables", letters >= 3)
        return
    orders = [parts] if len(parts) < 2 else [parts, [parts[-1], *parts[:-1]], [*parts[1:], parts[0]]]
    for order in orders:
        spelt = [(letter, "" if place else "sign") for part in order for place, letter in enumerate(part)]
        yield _Needle(((spelt[0][0], "^"), *spelt[1:]), "words", len(parts) > 1)


def _literal(value: str, kind: str) -> _Needle:
    value = unicodedata.normalize("NFKC", value).strip()
    if len(value) < 3:
        raise UsageError(t("“{name}” is too short to tell a person by. Give the whole name.", name=value))
    letters = ((value[0], "^"), *((letter, "") for letter in value[1:]))
    return _Needle(letters, kind, kind == "email" or len(value) >= _LONG_ID)


def _of_phone(number: str) -> Iterator[_Needle]:
    """With and without the country's code where that is Korea's; otherwise as it was given."""
    digits = "".join(letter for letter in unicodedata.normalize("NFKC", number) if letter.isdigit())
    if len(digits) < 4:
        raise UsageError(t("“{name}” is too short to tell a person by. Give the whole name.", name=number))
    national = digits.removeprefix("82").removeprefix("0") if digits.startswith(("82", "0")) else None
    for form in [digits] if national is None else [f"0{national}", f"82{national}", f"820{national}"]:
        letters = ((form[0], "^"), *((digit, "sign") for digit in form[1:]))
        yield _Needle(letters, "digits", len(form) >= _LONG_DIGITS)


def _syllabic(letter: str) -> bool:
    """Of a script that writes names without spaces between their words: Hangul, Chinese, kana."""
    return bool(letter) and bool(re.match(r"[가-힣ᄀ-ᇿ㐀-鿿぀-ヿ]", letter))


def _alphabetic(letter: str) -> bool:
    return letter.isalpha() and not _syllabic(letter)


def _ways(letter: str) -> list[str]:
    """How a letter may be composed."""
    wide = chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter
    ways = dict.fromkeys((letter, unicodedata.normalize("NFD", letter), wide))
    return [*ways]


def _spellings(letter: str) -> str:
    return f"(?:{'|'.join(map(re.escape, _ways(letter)))})"


def _encoded(encoding: str) -> Callable[[str], str]:
    """A letter as a pattern of its bytes, which are written as the characters of Latin-1."""

    def letter(character: str) -> str:
        composed = [character] if encoding == "cp949" else _ways(character)
        ways = [written for way in composed for written in (way, way.lower(), way.upper())]
        return f"(?:{'|'.join(dict.fromkeys(re.escape(way.encode(encoding).decode('latin-1')) for way in ways))})"

    return letter


def _escaped(written: Callable[[str], str]) -> Callable[[str], str]:
    """A letter as JSON, HTML or an address may write it; ASCII stands for itself there."""

    def letter(character: str) -> str:
        if character.isascii():
            return re.escape(character)
        return f"(?:{'|'.join(''.join(map(written, way)) for way in _ways(character))})"

    return letter


def _percent(character: str) -> str:
    return "".join(f"%{byte:02x}" for byte in character.encode())


_BLANK = r"(?:[\s\x00]|\\[nrt]|\xc2[\xa0\xad]|\xe2\x80[\x8b-\x8d\xa8\xa9]|\xe2\x81\xa0|\xef\xbb\xbf|\xe3\x80\x80)"
_OF_BYTES = {
    "^": "",
    "": r"(?:\xc2\xad|\xe2\x80[\x8b-\x8d])?",
    "gap": f"{_BLANK}{{0,2}}",
    "sign": rf"(?:{_BLANK}|[!-/:-@\[-`{{-~]){{0,3}}",
}
_OF_ESCAPES = {"^": "", "": "", "gap": r"(?:\\[nrt]|\s|%20|\+|&#160;|&nbsp;){0,2}", "sign": r"(?:[\W_]|%20){0,3}"}
_FORMS: dict[str, tuple[Callable[[str], str], dict[str, str]]] = {
    "utf-8": (_encoded("utf-8"), _OF_BYTES),
    "utf-16-le": (_encoded("utf-16-le"), {"^": "", "": "", "gap": r"(?:\s\x00){0,2}", "sign": r"(?:[\W_]\x00){0,3}"}),
    "utf-16-be": (_encoded("utf-16-be"), {"^": "", "": "", "gap": r"(?:\x00\s){0,2}", "sign": r"(?:\x00[\W_]){0,3}"}),
    "cp949": (_encoded("cp949"), _OF_BYTES),
    "json": (_escaped(lambda c: rf"\\u{ord(c):04x}"), _OF_ESCAPES),
    "html": (_escaped(lambda c: f"&#(?:{ord(c)}|x{ord(c):x});"), _OF_ESCAPES),
    "percent": (_escaped(_percent), _OF_ESCAPES),
}
"""How a name may be written in bytes, and what may stand between its letters."""
_ESCAPES = ("json", "html", "percent")
"""Those that stand in texts as well."""
