"""What counts as stating a fact, and what must not."""

import pytest

from groundtune.comparison.matching import states
from groundtune.types import Fact


@pytest.mark.parametrize(
    ("text", "variant"),
    [
        ("연차는 25 일입니다.", "25일"),
        ("이십오 일 이내에 신청합니다.", "25일"),
        ("25일까지 신청합니다.", "25일"),
        ("It is a 25-day allowance.", "25 days"),
        ("You get twenty-five days.", "25 days"),
        ("You get ２５ days.", "25 DAYS"),
        ("30,000원을 지급합니다.", "3만 원"),
        ("1만 5천원", "15,000원"),
        ("삼만원", "30000원"),
        ("2천5백만 원", "25,000,000원"),
        ("03월 31일까지", "3월 31일"),
        ("연차휴가는", "연차 휴가"),
        ("10 percent of pay", "10%"),
        ("14 days' notice", "14 days"),
        ("Ask Ms. Kim Jisoo's team.", "Kim Jisoo"),
        ("before 6 p.m. daily", "6 pm"),
        ("만 15세 이상", "15세"),
    ],
)
def test_writing_it_otherwise_is_still_stating_it(text, variant):
    assert states(text, Fact((variant,)))


@pytest.mark.parametrize(
    ("text", "variant"),
    [
        ("연차는 25일입니다.", "5일"),
        ("2.5일", "5일"),
        ("125 days", "25 days"),
        ("1.25 days", "25 days"),
        ("불가능합니다.", "가능"),
        ("3개월", "3개"),
        ("3시간", "3시"),
        ("3분기", "3분"),
        ("오십시오.", "50시"),
        ("40%", "140%"),
        ("2026-03-31", "3월 31일"),
        ("25 daylight hours", "25 day"),
    ],
)
def test_looking_alike_is_not_stating_it(text, variant):
    assert not states(text, Fact((variant,)))


def test_any_variant_will_do():
    assert states("It ends on 31 March.", Fact(("3월 31일", "31 March", "2026-03-31")))
