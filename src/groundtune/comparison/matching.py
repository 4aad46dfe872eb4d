"""Whether a text states a fact: a number, date, name or phrase in one of its variants. No model, no meaning: only form.

Text and variant go through the same normalisation, then the variant must stand in the text at its boundaries:
"5일" is not found in "25일", nor "가능" in "불가능", nor "3개" in "3개월". What the normalisation makes equal:
width and case (NFKC, casefold), "1,000" and "1000", "3만 원" and "30000원", "이십오 일" and "25일",
"twenty-five days" and "25 days", "25-day" and "25 days", "03월" and "3월", and, beside Hangul, any spacing.
Everything else that should count (another language, another date format) has to be listed among the variants.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from groundtune.types import Fact

_HANGUL = "가-힣"
_DIGITS = {"일": 1, "이": 2, "삼": 3, "사": 4, "오": 5, "육": 6, "륙": 6, "칠": 7, "팔": 8, "구": 9}
_PLACES = {"십": 10, "백": 100, "천": 1000}
_BIG = {"만": 10_000, "억": 100_000_000}
_SPOKEN_UNITS = "개월|시간|퍼센트|영업일|일|월|년|원|명|분|회|주|세|점|배"
_SPOKEN = re.compile(
    rf"(?<![{_HANGUL}\d])(?:([일이삼사오육륙칠팔구십백천만억]{{2,}})\s?(?={_SPOKEN_UNITS})|([백천만억])\s?(?=원))"
)
_PIECE = r"\d+(?:\.\d+)?\s?(?:[십백천]?\s?[만억]|[십백천])"
_GROUPED = re.compile(rf"{_PIECE}(?:\s?{_PIECE})*(?:\s?\d+(?=\s?원))?")

_BELOW_TEN = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_ENGLISH_UNITS = {name: number for number, name in enumerate((*_BELOW_TEN, *_TEENS))}
_ENGLISH_TENS = {
    name: 10 * number
    for number, name in enumerate(
        ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), start=2
    )
}
_ENGLISH = re.compile(
    rf"\b(?:({'|'.join(_ENGLISH_TENS)})(?:[-\s]({'|'.join(_BELOW_TEN[1:])}))?|({'|'.join(_ENGLISH_UNITS)}))\b"
)

_LONGER_UNITS = {"개": "월년국소", "시": "간", "분": "의기", "주": "년"}
"""A variant that ends with a digit and one of these is not found where the unit goes on: "3시" in "3시간"."""


def states(text: str, fact: Fact) -> bool:
    """Whether `text` states the fact in any of its variants."""
    normal = normalise(text)
    return any(_pattern(variant).search(normal) for variant in fact.variants)


@lru_cache(maxsize=4096)
def normalise(text: str) -> str:
    """The form in which texts and variants are compared."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = re.sub(r"[‐‑‒–—−]", "-", text)
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    text = _SPOKEN.sub(_spoken_number, text)
    text = _ENGLISH.sub(_english_number, text)
    text = _GROUPED.sub(_grouped_number, text)
    text = re.sub(r"\b([ap])\.m\b\.?", r"\1m", text)
    text = re.sub(r"(?<=[a-z0-9])-(?=[a-z])", " ", text)
    text = re.sub(r"(?<![\d.])0+(?=\d)", "", text)
    text = re.sub(r"\b([a-z]{2,}[a-rt-z])s\b", r"\1", text)
    text = text.replace("퍼센트", "%").replace("percent", "%").replace("per cent", "%")
    return re.sub(r"\s+", " ", text).strip()


@lru_cache(maxsize=4096)
def _pattern(variant: str) -> re.Pattern[str]:
    """A pattern over normalised text that finds the variant at its boundaries, whatever the spacing beside Hangul."""
    normal = normalise(variant)
    if not normal:
        raise ValueError("a fact's variant is empty")
    pieces: list[str] = []
    for index, character in enumerate(normal):
        if character == " ":
            continue
        if pieces:
            before, spaced = normal[index - 1], normal[index - 1] == " "
            left = normal[index - 2] if spaced else before
            loose = _is_hangul(left) or _is_hangul(character) or left.isdigit() != character.isdigit()
            pieces.append(r"\s*" if loose else r"\s+" if spaced else "")
        pieces.append(re.escape(character))
    return re.compile(_left_edge(normal[0]) + "".join(pieces) + _right_edge(normal))


def _left_edge(first: str) -> str:
    if first.isdigit():
        return r"(?<!\d)(?<!\d[.,])"
    if _is_hangul(first):
        return rf"(?<![{_HANGUL}])"
    return r"(?<![a-z])" if first.isalpha() else ""


def _right_edge(variant: str) -> str:
    last = variant[-1]
    if last.isdigit():
        return r"(?!\d)(?!\.\d)"
    if last in _LONGER_UNITS and re.search(r"\d\s?.$", variant):
        return rf"(?![{_LONGER_UNITS[last]}])"
    return r"(?![a-z])" if last.isalpha() and not _is_hangul(last) else ""


def _is_hangul(character: str) -> bool:
    return "가" <= character <= "힣"


def _spoken_number(match: re.Match[str]) -> str:
    """이십오 → 25, 만 (before 원) → 10000."""
    total = section = digit = 0
    for character in match.group(1) or match.group(2):
        if character in _DIGITS:
            if digit:  # "일이" is no number
                return match.group(0)
            digit = _DIGITS[character]
        elif character in _PLACES:
            section += (digit or 1) * _PLACES[character]
            digit = 0
        else:
            total += (section + digit or 1) * _BIG[character]
            section = digit = 0
    return str(total + section + digit)


def _grouped_number(match: re.Match[str]) -> str:
    """3만 → 30000, 2천5백만 → 25000000, 1만 5천 → 15000."""
    total = section = 0.0
    for number, place, big in re.findall(r"(\d+(?:\.\d+)?)\s?([십백천]?)\s?([만억]?)", match.group(0)):
        section += float(number) * _PLACES.get(place, 1)
        if big:
            total += section * _BIG[big]
            section = 0.0
    return f"{total + section:.15g}"


def _english_number(match: re.Match[str]) -> str:
    if match.group(3):
        return str(_ENGLISH_UNITS[match.group(3)])
    return str(_ENGLISH_TENS[match.group(1)] + _ENGLISH_UNITS.get(match.group(2) or "", 0))
