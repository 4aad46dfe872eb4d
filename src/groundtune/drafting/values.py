"""Amounts, dates and times in a sentence: where each stands, how it is asked for in place, and how else it is written.

Form only, Korean and English. A value that says *per what* (“1인당”, “a month”), a range's end and a clause's number
are no answers and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from groundtune.types import Fact


@dataclass(frozen=True, slots=True)
class Value:
    """`words[start:end]` of a sentence."""

    start: int
    end: int
    text: str
    kind: str
    """What it is an amount of: "day", "money", "percent", "date", "time" …; of one kind are values that may be mistaken
    for each other."""
    ask: str
    """What asks for it in its place: “며칠”, “how many days”."""
    variants: tuple[str, ...]

    @property
    def fact(self) -> Fact:
        return Fact(self.variants)


def korean_values(words: str) -> list[Value]:
    return list(_found(words, _KOREAN, _korean_value))


def english_values(words: str) -> list[Value]:
    return list(_found(words, _ENGLISH, _english_value))


def values_of(words: str, language: str) -> list[Value]:
    return korean_values(words) if language == "ko" else english_values(words)


def _found(
    words: str, patterns: tuple[tuple[str, re.Pattern[str]], ...], make: Callable[[str, re.Match[str]], Value | None]
) -> Iterator[Value]:
    """The values from left to right; the first pattern that fits a place has it."""
    taken: list[tuple[int, int]] = []
    found: list[Value] = []
    for kind, pattern in patterns:
        for match in pattern.finditer(words):
            start, end = match.span("value")
            if any(start < other_end and end > other_start for other_start, other_end in taken):
                continue
            taken.append((start, end))
            value = make(kind, match)
            if value is not None and not _says_per_what(words, start, end):
                found.append(value)
    found.sort(key=lambda value: value.start)
    return (value for value in found if not _goes_on(words, value, found))


def _goes_on(words: str, value: Value, found: list[Value]) -> bool:
    """Whether another value stands beside it, “9시와 15시”, or it is a remark in brackets: no answer by itself."""
    rest = words[value.end :]
    if _JOINED.match(rest) or words[: value.start].count("(") > words[: value.start].count(")"):
        return True
    listed = re.match(r",\s", rest) is not None
    return listed and any(other.kind == value.kind and other.start > value.start for other in found)


def _says_per_what(words: str, start: int, end: int) -> bool:
    """Whether the amount is what another one is counted by, or an end of a range."""
    after, before = words[end:], words[:start]
    if re.fullmatch(r"1\s?[가-힣]+", words[start:end].strip()) and re.match(r"\s?(?:간)?[의에](?!게)", after):
        return True
    return bool(_PER.match(after) or _RANGE_AFTER.match(after) or _RANGE_BEFORE.search(before))


_JOINED = re.compile(r"(?:\s?(?:·|와|과|및|또는|이나)\s|,? (?:and|or) ).{0,6}\d")
_PER = re.compile(r"\s?(?:당|마다|씩)|\s(?:\d|한 |두 )|\s?/\s?")
_RANGE_AFTER = re.compile(r"\s?[~∼～–—-]\s?\d|\s(?:to|and|or)\s\d|(?:에서|부터)\s?\d|\s?(?:또는|와|과|및)\s?\d")
_RANGE_BEFORE = re.compile(
    r"\d\S*\s?[~∼～–—-]\s?$|\d\S*\s(?:to|and|or)\s$|\bbetween\s\S+\sand\s$|\d\S*(?:과|와|이나|및|또는)\s?$"
)

_NUMBER = r"\d[\d,]*(?:\.\d+)?"
_KO_LEFT = r"(?<![\d제\-.,/~∼:·A-Za-z가-힣])"
_KO_RIGHT = (
    r"(?=(?:을|를|이|가|은|는|에|의|도|로|으로|까지|부터|간|동안|전|후|뒤|안|마다|씩|정도|만|과|와|나|이나|이며|이고|입니다|이다|인|치|당"
    r"|이내|이상|이하|미만|초과)|[,.;)\s]|$)"
)
_KO_UNITS = {
    "day": "일",
    "workday": "영업일",
    "hour": "시간",
    "minute": "분",
    "week": "주",
    "month": "개월|달",
    "year": "년",
    "times": "회|번|차례",
    "people": "명|인",
    "age": "세|살",
    "thing": "권|박|점|층|건|배|개|쪽|kg|km|cm|mm|m|g|GB|MB|평|㎡|리터|도|학점|호실",
}


def _korean_patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    money = rf"(?:{_NUMBER}\s?(?:[십백천]?\s?[만억]|[십백천])?\s?)+(?:원|달러|유로)"
    yield "money", re.compile(rf"{_KO_LEFT}(?P<value>{money}){_KO_RIGHT}")
    yield "date", re.compile(rf"{_KO_LEFT}(?P<value>(?:\d{{4}}년\s?)?\d{{1,2}}월\s?\d{{1,2}}일){_KO_RIGHT}")
    yield "monthday", re.compile(rf"(?:매월|매달|다음 ?달|익월)\s?(?P<value>\d{{1,2}}일){_KO_RIGHT}")
    yield "month-name", re.compile(rf"{_KO_LEFT}(?P<value>(?:\d{{4}}년\s?)?\d{{1,2}}월){_KO_RIGHT}")
    yield "calendar-year", re.compile(rf"{_KO_LEFT}(?P<value>\d{{4}}년){_KO_RIGHT}")
    clock = r"(?:오전|오후|낮|밤|저녁|새벽)?\s?\d{1,2}시(?:\s?(?:\d{1,2}분|반))?"
    yield "time", re.compile(rf"{_KO_LEFT}(?P<value>{clock})(?!간){_KO_RIGHT}")
    yield "time", re.compile(rf"{_KO_LEFT}(?P<value>\d{{1,2}}:\d{{2}}){_KO_RIGHT}")
    yield "percent", re.compile(rf"{_KO_LEFT}(?P<value>{_NUMBER}\s?(?:퍼센트|%)){_KO_RIGHT}")
    for kind, units in _KO_UNITS.items():
        yield kind, re.compile(rf"{_KO_LEFT}(?P<value>(?P<number>{_NUMBER})\s?(?P<unit>{units})){_KO_RIGHT}")


_KOREAN = tuple(_korean_patterns())
_KO_ASK = {
    "money": "얼마",
    "date": "몇 월 며칠",
    "monthday": "며칠",
    "time": "몇 시",
    "percent": "몇 퍼센트",
    "day": "며칠",
}
_IN_ENGLISH = {
    "day": "days",
    "workday": "working days",
    "hour": "hours",
    "minute": "minutes",
    "week": "weeks",
    "month": "months",
    "year": "years",
    "times": "times",
    "people": "people",
}
_IN_KOREAN = {
    "day": "일",
    "workday": "영업일",
    "hour": "시간",
    "minute": "분",
    "week": "주",
    "month": "개월",
    "year": "년",
    "times": "회",
    "people": "명",
}


def _korean_value(kind: str, match: re.Match[str]) -> Value | None:
    if kind in ("month-name", "calendar-year"):
        return None
    text = match["value"].strip()
    start = match.start("value") + len(match["value"]) - len(match["value"].lstrip())
    unit = match.groupdict().get("unit")
    ask = _KO_ASK.get(kind) or f"몇 {unit}"
    return Value(start, match.end("value"), text, kind, ask, _variants(kind, text, match.groupdict().get("number")))


def _variants(kind: str, text: str, number: str | None) -> tuple[str, ...]:
    """The text itself, then what it is in the other language and in other spellings that no normalisation finds."""
    others: list[str] = []
    if kind == "money":
        amount = re.sub(r"\s", "", text)
        won = re.fullmatch(r"([\d,]+)(?:원|won|KRW)", amount) or re.fullmatch(r"(?:KRW|₩)([\d,]+)", amount)
        others += [f"{won[1]}원", f"{won[1]} won"] if won else []
    elif kind == "percent":
        others += [f"{re.sub(r'[^0-9.,]', '', text)}%"]
    elif kind == "date":
        others += _dates(text)
    elif number is not None and kind in _IN_ENGLISH:
        others += [f"{number}{_IN_KOREAN[kind]}", f"{number} {_IN_ENGLISH[kind]}"]
    return tuple(dict.fromkeys([text, *others]))


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def _dates(text: str) -> list[str]:
    korean = re.search(r"(?:(\d{4})년\s?)?(\d{1,2})월\s?(\d{1,2})일", text)
    if korean:
        year, month, day = korean[1], int(korean[2]), int(korean[3])
    else:
        named = re.search(rf"(?i)(?:(\d{{1,2}})\s)?({'|'.join(_MONTHS)})(?:\s(\d{{1,2}}))?,?(?:\s(\d{{4}}))?", text)
        if not named or not (named[1] or named[3]):
            return []
        month = [name.lower() for name in _MONTHS].index(named[2].lower()) + 1
        year, day = named[4], int(named[1] or named[3])
    if not 1 <= month <= 12:
        return []
    name = _MONTHS[month - 1]
    return [f"{month}월 {day}일", f"{day} {name}", f"{name} {day}", *([f"{year}-{month:02}-{day:02}"] if year else [])]


_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|eighteen|twenty"
    "|thirty|forty|fifty|sixty|ninety"
)
_EN_NUMBER = rf"(?:{_NUMBER}|(?i:{_WORDS}))"
_EN_LEFT = r"(?<![\w$€£₩.,:/-])"
_EN_UNITS = {
    "workday": "working days?|business days?",
    "day": "(?:calendar )?days?",
    "hour": "hours?",
    "minute": "minutes?",
    "week": "weeks?",
    "month": "(?:calendar )?months?",
    "year": "years?",
    "night": "nights?",
    "times": "times",
    "people": "people|persons|members",
    "thing": "kg|km|cm|kilograms?|kilometres?|metres?|pages?|copies|books?|titles?|sessions?|credits?|points?|floors?"
    "|items?|seats?|tickets?|GB|MB",
}
_CURRENCY = "won|dollars?|euros?|pounds?|USD|EUR|GBP|KRW"


def _english_patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    yield "money", re.compile(rf"{_EN_LEFT}(?P<value>{_NUMBER} (?:{_CURRENCY}))\b")
    yield "money", re.compile(rf"(?<!\w)(?P<value>(?:[$€£₩]|(?:USD|EUR|GBP|KRW) ){_NUMBER})(?![\d%])")
    months = "|".join(_MONTHS)
    yield (
        "date",
        re.compile(rf"{_EN_LEFT}(?P<value>\d{{1,2}} (?:{months})(?: \d{{4}})?|(?:{months}) \d{{1,2}}(?:, \d{{4}})?)\b"),
    )
    yield (
        "monthday",
        re.compile(r"\b(?P<value>the \d{1,2}(?:st|nd|rd|th))(?= (?:day )?of (?:each|every|the|the following) month)"),
    )
    yield "time", re.compile(r"(?<![\w:.])(?P<value>\d{1,2}[:.]\d{2}(?: ?[ap]\.?m\.?)?|\d{1,2} ?[ap]\.?m\.?)(?!\w)")
    yield "percent", re.compile(rf"{_EN_LEFT}(?P<value>{_NUMBER} ?(?:%|per ?cent\b))")
    for kind, units in _EN_UNITS.items():
        yield kind, re.compile(rf"{_EN_LEFT}(?P<value>(?P<number>{_EN_NUMBER}) (?P<unit>{units}))\b(?!['’-])")


_ENGLISH = tuple(_english_patterns())
_EN_ASK = {
    "money": "how much",
    "date": "what date",
    "monthday": "which day",
    "time": "what time",
    "percent": "what percentage",
}


def _english_value(kind: str, match: re.Match[str]) -> Value | None:
    text = match["value"]
    unit = match.groupdict().get("unit")
    if kind in _EN_ASK:
        ask = _EN_ASK[kind]
    else:
        ask = f"how many {_plural(unit or '')}"
    variants = _variants(kind, text, match.groupdict().get("number"))
    if kind == "monthday":
        number = re.sub(r"\D", "", text)
        variants = (text.removeprefix("the "), f"{number}일")
    return Value(match.start("value"), match.end("value"), text, kind, ask, variants)


def _plural(unit: str) -> str:
    if unit in ("kg", "km", "cm", "GB", "MB", "people") or unit.endswith("s"):
        return unit
    return f"{unit}s"
