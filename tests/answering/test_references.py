"""What a quote refers to is shown beside it, as it is in force for that reader, or named as missing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.answering.worlds import TODAY, World, page

LAW = page(
    "law",
    """# 등대법

##### 제7조 (등불)

① 등불은 날마다 14시간 켠다. 다만, 안개가 끼면 온종일 켠다.

##### 제7조의2 (종)

종은 안개에 친다.
""",
    title="등대법",
    language="ko",
    since=date(2026, 1, 1),
)
RULES = page(
    "rules",
    """# 등대지기 규칙

##### 제1조 (목적)

이 규칙은 「등대법」(이하 "법"이라 한다)에서 위임한 것을 정한다.

##### 제2조 (수당)

등대지기의 수당은 법 제7조제1항에 따른 시간과 별표 1에 따른 금액으로 정하며, 「항만법」 제3조에도 불구하고 매월 준다.

[별표 1] 수당의 금액

1. 밤 근무: 9,000원
""",
    title="등대지기 규칙",
    language="ko",
)
QUESTION = "등대지기의 수당은 어떻게 정하나요?"


def names_and_quotes(world: World, question: str, as_of: date = TODAY) -> dict[str, str | None]:
    found = world.ask(question, as_of).references
    return {one.name: one.evidence.quote if one.evidence else None for one in found}


def test_a_law_by_its_short_name_an_annex_and_what_is_missing_are_told(tmp_path: Path) -> None:
    world = World(tmp_path, [LAW, RULES])
    assert names_and_quotes(world, QUESTION) == {
        "「등대법」 제7조 제1항": "등불은 날마다 14시간 켠다. 다만, 안개가 끼면 온종일 켠다.",
        "별표 1": "밤 근무: 9,000원",
        "「항만법」 제3조": None,
    }
    clause = next(one.evidence.clause for one in world.ask(QUESTION).references if one.evidence)
    assert clause == "제7조 제1항"


def test_a_reference_leads_to_the_revision_in_force_on_that_day(tmp_path: Path) -> None:
    world = World(tmp_path, [LAW, RULES])
    world.add(page("law", LAW.text.replace("14시간", "16시간"), title="등대법", language="ko", since=date(2027, 1, 1)))
    assert "14시간" in (names_and_quotes(world, QUESTION)["「등대법」 제7조 제1항"] or "")
    assert "16시간" in (names_and_quotes(world, QUESTION, date(2027, 6, 1))["「등대법」 제7조 제1항"] or "")
    assert names_and_quotes(world, QUESTION, date(2025, 6, 1))["「등대법」 제7조 제1항"] is None


def test_a_reader_sees_no_word_of_a_document_that_is_not_theirs(tmp_path: Path) -> None:
    secret = page("law", LAW.text, title="등대법", language="ko", readers=["board"])
    world = World(tmp_path, [secret, RULES])
    assert names_and_quotes(world, QUESTION)["「등대법」 제7조 제1항"] is None
    shown = world.ask(QUESTION, groups=["board"]).references
    assert any(one.evidence and "14시간" in one.evidence.quote for one in shown)


def test_english_sections_are_followed_and_the_quoted_clause_is_not_repeated(tmp_path: Path) -> None:
    text = """# Ferry Pay

## 4.2 Night watch

A night watch is paid as laid down in Section 4.2 and Annex B, less the meals under Section 3(b) of the Galley Policy.

## Annex B

A night watch is 120 crowns.
"""
    galley = "# Galley Policy\n\n## 3. Meals\n\n(a) Breakfast is free.\n\n(b) Supper costs 4 crowns.\n"
    world = World(tmp_path, [page("pay", text, title="Ferry Pay"), page("galley", galley, title="Galley Policy")])
    assert names_and_quotes(world, "How is a night watch paid?") == {
        "Annex B": "A night watch is 120 crowns.",
        "Galley Policy, Section 3(b)": "Supper costs 4 crowns.",
    }


def test_a_quote_is_to_the_letter_and_bounded(tmp_path: Path) -> None:
    long = "# Ropes\n\n## 2. Knots\n\n" + " ".join(f"Knot number {i} holds a boat of {i} tons." for i in range(60))
    text = "# Boats\n\nA boat is tied with the knots in Section 2 of the Ropes Book."
    world = World(tmp_path, [page("ropes", long, title="Ropes Book"), page("boats", text, title="Boats")])
    reference = world.ask("How is a boat tied?").references[0].evidence
    assert reference is not None
    assert len(reference.quote) <= 300
    assert reference.quote.endswith("tons.")
    assert world.store.revision(reference.revision_id).text[reference.start : reference.end] == reference.quote


def test_most_answers_refer_to_nothing(town: World) -> None:
    assert town.ask("What does a monthly permit cost?").references == ()
