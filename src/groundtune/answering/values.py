"""The amounts, dates and times that a sentence states, each in one form: “two weeks” and “14일” are the same.

Rules over form, Korean and English. Knows what is counted only as far as the unit says it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from groundtune.comparison.matching import normalise

LENGTHS = frozenset(("day", "month", "minute"))
MOMENTS = frozenset(("date", "clock", "weekday", "nth", "calendar year"))
MONEY = frozenset(("won", "dollar", "euro", "pound", "yen", "%", "fold"))


@dataclass(frozen=True, slots=True)
class Value:
    kind: str
    """What is counted: one of LENGTHS, MOMENTS or MONEY, "person", "time", "age", "number", or the counting word."""
    amount: str
    """A number without a needless zero, or the date, hour or weekday in one spelling."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A sentence, read."""

    values: frozenset[Value]
    per: frozenset[str]
    """What an amount is for: "day", "month" …; empty where nothing says."""
    bounds: frozenset[str]
    """ "most" and "least", where they are said."""
    frame: str
    """The sentence in normal form with “#” in place of each value."""

    def of(self, kinds: frozenset[str]) -> frozenset[Value]:
        return frozenset(value for value in self.values if value.kind in kinds)


@lru_cache(maxsize=4096)
def read_values(words: str) -> Stated:
    """What `words` state."""
    text = normalise(words)
    per = frozenset(name for name, pattern in _PER.items() if pattern.search(text))
    bounds = frozenset(name for name, pattern in _BOUNDS.items() if pattern.search(text))
    found: set[Value] = set()
    for pattern, read in _RULES:

        def take(match: re.Match[str], read: Callable[[re.Match[str]], Value | None] = read) -> str:
            value = read(match)
            if value is not None:
                found.add(value)
            if read is _date and match["year"]:
                found.add(Value("calendar year", match["year"]))
            return match.group() if value is None else " # "

        text = pattern.sub(take, text)
    return Stated(frozenset(found), per, bounds, " ".join(text.split()))


def spoken(words: str, value: Value) -> str:
    """The words that state a value, as they stand: “15 days”, “3만 원”; all of them where none does alone."""
    tokens = words.split()
    for length in range(1, 5):
        for first in range(len(tokens) - length + 1):
            part = " ".join(tokens[first : first + length]).strip(",.;:()[]“”\"'")
            if value in read_values(part).values:
                while part and "가" <= part[-1] <= "힣" and value in read_values(part[:-1]).values:
                    part = part[:-1]
                return part
    return words


def _date(match: re.Match[str]) -> Value | None:
    month = match["month"]
    number = int(month) if month.isdigit() else _MONTHS.index(month[:3]) + 1
    return Value("date", f"{number}-{int(match['day'])}") if 1 <= number <= 12 else None


def _clock(match: re.Match[str]) -> Value | None:
    hour, named = int(match["hour"]), match.groupdict()
    later = named.get("part") in ("pm", "오후", "저녁", "밤") and hour < 12
    minute = 30 if named.get("half") else int(named.get("minute") or 0)
    return Value("clock", f"{hour + 12 * later}:{minute:02d}") if hour <= 24 else None


def _weekday(match: re.Match[str]) -> Value:
    return Value("weekday", _WEEKDAYS[match["korean"] or match["english"]])


def _nth(match: re.Match[str]) -> Value:
    return Value("nth", match["english"] or match["korean"])


def _year(match: re.Match[str]) -> Value:
    return Value("calendar year", match["year"])


def _days(match: re.Match[str]) -> Value:
    return Value("day", str(_DAYS[match.group()]))


def _amount(match: re.Match[str]) -> Value:
    number, unit = match["number"], match["unit"].strip()
    amount = float(_NATIVE[number]) if number in _NATIVE else float(number)
    kind, factor = next(
        ((kind, by) for pattern, kind, by in _UNITS if pattern.fullmatch(unit)), (unit or "number", 1.0)
    )
    return Value(kind, f"{amount * factor:.10g}")


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = {
    **dict(zip("월화수목금토일", "1234567", strict=True)),
    **dict(zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "1234567", strict=True)),
}
_MONTH = r"(?P<month>(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6})\.?"
_NATIVE = {
    "한": 1,
    "두": 2,
    "세": 3,
    "네": 4,
    "다섯": 5,
    "여섯": 6,
    "일곱": 7,
    "여덟": 8,
    "아홉": 9,
    "열": 10,
    "스무": 20,
}
_DAYS = {"이틀": 2, "사흘": 3, "나흘": 4, "닷새": 5, "엿새": 6, "이레": 7, "열흘": 10, "보름": 15}
_UNITS = tuple(
    (re.compile(pattern), kind, factor)
    for pattern, kind, factor in (
        (r"영업일|근무일|역일|일|(?:\w+ )*day", "day", 1.0),
        (r"주일|주|(?:\w+ )*week", "day", 7.0),
        (r"개월|달|(?:\w+ )*month", "month", 1.0),
        (r"년|(?:\w+ )*year", "month", 12.0),
        (r"시간|(?:\w+ )*hour", "minute", 60.0),
        (r"분|(?:\w+ )*minute", "minute", 1.0),
        (r"원|won|krw|₩", "won", 1.0),
        (r"달러|불|dollar|usd|\$", "dollar", 1.0),
        (r"유로|euro|eur|€", "euro", 1.0),
        (r"파운드|pound|gbp|£", "pound", 1.0),
        (r"엔|yen|jpy|¥", "yen", 1.0),
        (r"%", "%", 1.0),
        (r"배", "fold", 1.0),
        (r"명|인|사람|(?:\w+ )*(?:person|people|member)", "person", 1.0),
        (r"회|번|차례|times?", "time", 1.0),
        (r"세|살", "age", 1.0),
    )
)
_N = r"(?<![\d.:])(?<!제)(?P<number>\d+(?:\.\d+)?)"
_EMPTY = r"(?:a|an|and|are|at|by|for|from|if|in|is|of|on|or|per|than|the|then|to|until|when|with)"
_QUALIFIED = r"(?:(?:working|business|calendar|consecutive|paid|full|more|extra|additional|successive) )*"
_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Value | None]], ...] = (
    (re.compile(r"(?:(?P<year>(?:19|20)\d\d)년? ?)?(?P<month>\d{1,2})월 ?(?P<day>\d{1,2})일"), _date),
    (re.compile(r"(?P<year>(?:19|20)\d\d)[-.] ?(?P<month>\d{1,2})[-.] ?(?P<day>\d{1,2})\b\.?"), _date),
    (re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?{_MONTH}\b(?:,? (?P<year>(?:19|20)\d\d))?"), _date),
    (re.compile(rf"\b{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d)(?:,? (?P<year>(?:19|20)\d\d))?"), _date),
    (re.compile(r"\b(?P<hour>\d{1,2})(?::(?P<minute>\d\d))? ?(?P<part>[ap]m)\b"), _clock),
    (re.compile(r"(?P<part>오전|오후|저녁|밤)? ?(?P<hour>\d{1,2}):(?P<minute>\d\d)"), _clock),
    (
        re.compile(
            r"(?P<part>오전|오후|저녁|밤)? ?(?P<hour>\d{1,2})시(?!간)(?: ?(?P<minute>\d{1,2})분| ?(?P<half>반))?"
        ),
        _clock,
    ),
    (
        re.compile(r"(?P<korean>[월화수목금토일])요일|\b(?P<english>mon|tue|wed|thu|fri|sat|sun)[a-z]{0,3}day\b"),
        _weekday,
    ),
    (
        re.compile(
            r"\b(?P<english>\d{1,2})(?:st|nd|rd|th)\b"
            r"|(?:매월|매달|그달|그 달|다음 ?달|당월|익월) ?(?P<korean>\d{1,2})일"
        ),
        _nth,
    ),
    (re.compile(rf"\b(?:in|since|{_MONTH.replace('(?P<month>', '(?:')}),? (?P<year>(?:19|20)\d\d)\b(?!,?\d)"), _year),
    (re.compile(r"(?<![\d.,])(?P<year>(?:19|20)\d\d)(?:년|(?![\d%]|[.,]\d| ?[a-z가-힣₩]))"), _year),
    (re.compile("|".join(_DAYS)), _days),
    (re.compile(r"(?P<unit>usd|krw|eur|gbp|jpy|won|[₩$€£¥]) ?(?P<number>\d+(?:\.\d+)?)"), _amount),
    (
        re.compile(
            rf"{_N} ?(?P<unit>영업일|근무일|역일|주일|개월|시간|차례|사람|파운드|달러|유로|미터|킬로미터|센티미터"
            r"|킬로그램"
            r"|일(?!요)|주|달|년|분(?![의기])|원|불|엔|%|배|명|인|회|번|세|살|권|대|개|장|박|층|점|건|통|병|잔|칸|석|편|척|평)"
        ),
        _amount,
    ),
    (
        re.compile(
            rf"(?<![가-힣])(?P<number>{'|'.join(_NATIVE)}) ?"
            r"(?!(?<=한 )[주달]|(?<=한)[주달])"
            r"(?P<unit>주일|주|달|시간|차례|사람|명|번|살|권|대|개|장|박|층|배)(?![가-힣]{2})"
        ),
        _amount,
    ),
    (re.compile(rf"{_N} ?(?P<unit>{_QUALIFIED}(?!{_EMPTY}\b)[a-z]+)"), _amount),
    (re.compile(r"(?<![\w.:,/-])(?P<number>\d+(?:\.\d+)?)(?![\d:/%)-]|\.\d|[조항호월일])(?P<unit>)"), _amount),
)
_PER = {
    name: re.compile(pattern)
    for name, pattern in {
        "hour": r"시간당|시간에|(?:per|an|each|every) hour|hourly",
        "day": r"하루|매일|일당|1일(?=에| |당)|(?:per|a|each|every) day|daily",
        "week": r"매주|주당|1주(?=에| |간)|한 주|(?:per|a|each|every) week|weekly",
        "month": r"매월|매달|월 ?(?=\d)|한 달에|월별|달마다|(?:per|a|each|every) month|monthly",
        "year": r"매년|연간|1년에|한 해|해마다|연 ?(?=\d)|(?:per|a|each|every) year|yearly|annually",
        "person": r"1인당|한 사람당|인당|(?:per|each) (?:person|head|employee|member)",
    }.items()
}
_BOUNDS = {
    "most": re.compile(
        r"이하|미만|최대|한도|이내|넘지|\b(?:up to|at most|no more than|maximum|max|below|under|less than|within)\b"
    ),
    "least": re.compile(
        r"이상|초과|최소|적어도|넘는|\b(?:at least|minimum|min|no fewer than|no less than|more than|over|above)\b"
    ),
}
