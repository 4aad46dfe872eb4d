"""A stretch of text is named by where it stands in its file."""

from __future__ import annotations

import pytest

from groundtune.knowledge.locations import describe
from groundtune.types import Location, locations_between

PAGES = (Location(0, "page", "1"), Location(100, "page", "2"), Location(200, "page", "3"))


@pytest.mark.parametrize(
    ("start", "end", "pages"),
    [(0, 100, "1"), (99, 100, "1"), (100, 101, "2"), (99, 101, "12"), (0, 500, "123"), (250, 260, "3")],
)
def test_a_stretch_stands_where_its_letters_do(start: int, end: int, pages: str) -> None:
    assert "".join(at.name for at in locations_between(PAGES, start, end)) == pages


def test_what_stands_before_the_first_location_has_none() -> None:
    attached = (Location(100, "attachment", "rules.hwp"),)
    assert locations_between(attached, 0, 100) == ()
    assert locations_between(attached, 90, 110) == attached
    assert locations_between((), 0, 10) == ()


@pytest.mark.parametrize(
    ("locations", "english", "korean"),
    [
        (PAGES[:1], "p. 1", "1쪽"),
        (PAGES, "pp. 1–3", "1–3쪽"),
        ((Location(0, "slide", "4"),), "slide 4", "슬라이드 4"),
        ((Location(0, "sheet", "2026"), Location(9, "sheet", "휴가")), "sheet “2026”, “휴가”", "시트 “2026”, “휴가”"),
        ((Location(0, "attachment", "a.hwp"),), "attachment “a.hwp”", "첨부 “a.hwp”"),
        ((), "", ""),
    ],
)
def test_a_place_is_named_in_both_languages(
    locations: tuple[Location, ...], english: str, korean: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDTUNE_LANG", "en")
    assert describe(locations) == english
    monkeypatch.setenv("GROUNDTUNE_LANG", "ko")
    assert describe(locations) == korean
