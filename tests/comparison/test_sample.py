"""A first look takes fewer cases, the same ones each time."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Literal

from groundtune.comparison.sample import some_cases
from groundtune.types import Case, Question


def cases() -> list[Case]:
    kinds: tuple[Literal["answerable", "off_topic", "near_topic"], ...] = ("answerable", "answerable", "off_topic")
    return [
        Case(id=f"{language}-{n}", input=Question(f"{n}?", date(2026, 1, 1)), language=language, kind=kinds[n % 3])
        for language in ("en", "ko")
        for n in range(30)
    ]


def test_each_language_gives_as_many_cases_and_keeps_its_mix_of_kinds() -> None:
    chosen = some_cases(cases(), 9)
    assert Counter(case.language for case in chosen) == {"en": 9, "ko": 9}
    assert Counter(case.kind for case in chosen) == {"answerable": 12, "off_topic": 6}


def test_a_larger_sample_holds_the_smaller_one_whatever_the_order_of_the_file() -> None:
    small = {case.id for case in some_cases(cases(), 6)}
    large = {case.id for case in some_cases(list(reversed(cases())), 15)}
    assert small < large


def test_asking_for_more_than_there_is_gives_all() -> None:
    assert some_cases(cases(), 1000) == cases()
