"""Of the right page, the sentence that answers comes first: of the kind, the sibling, the scope that is asked for."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from groundtune.answering.scope import case_of, names_case, stated_scope
from groundtune.types import Revision
from tests.answering.worlds import World, page

FAMILY = """# Family

## Maternity leave

Apply at least 40 days before the leave begins. The leave lasts 104 days, of which 50 lie after the birth.

## Leave for the partner at a birth

The request reaches the desk within 110 days after the birth. The partner takes 16 working days, paid in full.
"""
FAMILY_KO = """# 경조와 가족 휴가

**제1조(출산전후휴가)** ① 휴가를 시작하기 40일 전까지 신청한다. ② 휴가는 104일이다.

**제2조(배우자 출산휴가)** ① 출산일부터 110일 안에 인사창구에 신청한다. ② 유급 16일을 준다.
"""
TRAVEL = """# Business trips

## Daily allowance

- Within the country: 32,000 won a day
- Abroad: 68 US dollars a day

## Hours on the way

- Full-time: 38 hours a week
- Part-time: 21 hours a week
"""
TRAVEL_KO = """# 출장 규정

## 제1조(일비)

일비는 다음 각 호와 같다.

1. 국내: 하루 32,000원
2. 국외: 하루 미화 68불
"""
LEAVE = """# Annual leave

Staff have 22 days of annual leave a year. What is left over expires at the end of March.
"""
STATION = """# Annex for the South Station

This annex applies at the South Station only.

## Leave

Staff of the station have 17 days of annual leave a year.
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> World:
    pages = [
        page("family", FAMILY, title="Family"),
        page("travel", TRAVEL, title="Business trips"),
        page("leave", LEAVE, title="Annual leave"),
        page("station", STATION, title="Annex for the South Station"),
        page("family-ko", FAMILY_KO, title="경조와 가족 휴가", language="ko"),
        page("travel-ko", TRAVEL_KO, title="출장 규정", language="ko"),
    ]
    return World(tmp_path_factory.mktemp("office"), pages)


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("leave for the partner at a birth", "16 working days"),
        ("How many days of leave does the partner get at a birth?", "16 working days"),
        ("By when does the partner have to ask for the leave at a birth?", "110 days"),
        ("How early must I apply for maternity leave?", "40 days before"),
        ("배우자 출산휴가", "16일"),
        ("배우자 출산휴가는 며칠인가요?", "16일"),
        ("배우자 출산휴가는 언제까지 신청하나요?", "110일"),
        ("출산전후휴가는 얼마나 일찍 신청해야 하나요?", "40일 전"),
    ],
)
def test_what_is_asked_for_comes_before_what_is_beside_it(office: World, question: str, fact: str) -> None:
    assert fact in office.ask(question).sentences[0].text


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("What is the daily allowance abroad?", "68 US dollars"),
        ("daily allowance for trips within the country", "32,000 won"),
        ("How many hours a week is part-time?", "21 hours"),
        ("How many hours a week is full-time?", "38 hours"),
        ("국외 출장 일비는 얼마인가요?", "68불"),
        ("국내 출장 일비는 얼마인가요?", "32,000원"),
    ],
)
def test_of_siblings_the_one_that_is_named_comes_first(office: World, question: str, fact: str) -> None:
    assert fact in office.ask(question).sentences[0].text


def test_a_rule_for_one_place_answers_only_who_names_the_place(office: World) -> None:
    general = office.ask("How many days of annual leave are there?")
    assert "22 days" in general.sentences[0].text
    assert general.sentences[0].evidence[0].document_id == "leave"
    assert "17 days" in office.ask("How many days of annual leave are there at the South Station?").sentences[0].text


def test_a_rule_for_one_place_answers_where_there_is_no_other(tmp_path: Path) -> None:
    world = World(tmp_path, [page("station", STATION, title="Annex for the South Station")])
    assert "17 days" in world.ask("How many days of annual leave do staff have?").text


@pytest.mark.parametrize(
    ("text", "metadata", "scope"),
    [
        ("# Annex\n\nThis annex applies in Gyeol only.", {}, "Gyeol"),
        ("These rules apply only to fixed-term staff.", {}, "fixed-term staff"),
        ("이 세칙은 남쪽 관측소에만 적용한다.", {}, "남쪽 관측소"),
        ("Leave is paid.", {"scope": "country: KR, site: Seoul"}, "KR Seoul"),
        ("The discount applies only once.", {}, ""),
        ("Staff have 22 days.", {}, ""),
    ],
)
def test_a_document_says_for_whom_it_holds(text: str, metadata: dict[str, str], scope: str) -> None:
    added = datetime(2026, 1, 1)
    revision = Revision(1, "d", 1, "d", text, "", "en", None, None, added, "d.md", metadata)
    assert stated_scope(revision) == scope


def test_a_sentence_may_begin_with_its_case() -> None:
    assert case_of("During probation, the notice period is 6 days.") == "probation"
    assert case_of("During probation the notice period is 6 days.") == "probation"
    assert case_of("The notice period is 6 days.") == ""
    assert names_case("notice in my probation", "probation")
    assert not names_case("What is the notice period?", "probation")
