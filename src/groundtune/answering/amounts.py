"""Amounts in a question looked up in the ranges of a table: "4년차" lies in "3년 이상 5년 미만". Form only, Korean and
English; knows nothing of what is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from groundtune.comparison.matching import normalise


def in_range(question: str, words: str) -> bool | None:
    """Whether an amount that the question names lies in a range that `words` name: "4년차" in "3년 이상 5년 미만".

    `None` where one of them names none of that unit.
    """
    verdicts = []
    for number, unit in _amounts(question):
        for low, high, of in _ranges(words):
            if of == unit:
                verdicts.append(low <= number < high)
    return any(verdicts) if verdicts else None


def _amounts(text: str) -> list[tuple[float, str]]:
    return [(float(m.group(1)), _unit(m.group(2))) for m in _AMOUNT.finditer(normalise(text))]


def _ranges(text: str) -> Iterator[tuple[float, float, str]]:
    """Ranges as (from, below, unit)."""
    text = _ORDINAL.sub(lambda found: f"{_ORDINALS.index(found[1]) + 1}th", normalise(text))
    for pattern in _RANGES:
        for match in pattern.finditer(text):
            named = match.groupdict()
            low, high = float(named.get("low") or 0), float(named.get("high") or "inf")
            if named.get("closed") is not None:
                high += 1e-6
            if named.get("open") is not None:
                low += 1e-6
            yield low, high, _unit(match.group("unit"))
        text = pattern.sub(" ", text)


def _unit(word: str) -> str:
    return next(name for name, pattern in _RANGE_UNITS.items() if re.fullmatch(pattern, word))


_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_ORDINAL = re.compile(r"\b({})\b".format("|".join(_ORDINALS)))
_RANGE_UNITS = {
    "year": "년차?|year",
    "month": "개월|달|month",
    "week": "주|week",
    "day": "일|day",
    "hour": "시간|hour",
    "person": "명|인|people|person",
    "age": "세|살",
}
_U = r"\s?(?P<unit>{})".format("|".join(_RANGE_UNITS.values()))
_V = r"\s?(?:{})".format("|".join(_RANGE_UNITS.values()))
_N = r"(\d+(?:\.\d+)?)"
_AMOUNT = re.compile(_N + r"\s?({})".format("|".join(_RANGE_UNITS.values())))
_RANGES = tuple(
    re.compile(pattern.replace("LOW", _N.replace("(", "(?P<low>", 1)).replace("HIGH", _N.replace("(", "(?P<high>", 1)))
    for pattern in (
        f"LOW{_V} 이상 ?~? ?HIGH{_U} 미만",
        f"LOW{_V} 이상 ?~? ?HIGH{_U} (?P<closed>이하)",
        f"(?P<open>)LOW{_V} 초과 ?~? ?HIGH{_U} (?P<closed>이하)",
        f"LOW(?:{_V})? ?[~-] ?(?P<closed>)HIGH{_U}",
        f"LOW{_U} 이상",
        f"HIGH{_U} 미만",
        f"HIGH{_U} (?P<closed>이하)",
        f"LOW{_U},? (?:but |and |to )?(?:less than|under|below) HIGH(?:{_V})?",
        f"(?:at least|from) LOW(?:{_V})?,? (?:but |and |to )?(?:less than|under|below) HIGH{_U}",
        f"(?:less than|under|below|fewer than) HIGH{_U}",
        f"(?:at least|over|more than) LOW{_U}",
        f"LOW{_U} (?:or|and) (?:more|longer|over|above)",
        f"(?:from|after) (?:the |your )?LOW(?:st|nd|rd|th){_U} on(?:wards?)?",
        f"LOW{_U}[째차]?부터",
        f"LOW (?:to|through) (?P<closed>)HIGH{_U}",
    )
)
