"""Documents that contradict each other are shown so, the higher first; what scope or case explains is no conflict."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from groundtune.answering.values import Value, read_values
from groundtune.types import Document
from tests.answering.worlds import TODAY, World, page

SINCE = date(2025, 1, 1)


def stated(document: Document, **metadata: str) -> Document:
    return replace(document, metadata=metadata, effective_from=document.effective_from or SINCE)


def lamp(days: int, id: str, title: str, **metadata: str) -> Document:
    text = f"# {title}\n\nThe lamp is cleaned every {days} days. The horn is greased in spring."
    return stated(page(id, text, title=title), **metadata)


QUESTION = "How often is the lamp cleaned?"


def test_a_lower_document_that_contradicts_is_shown_after_the_higher(tmp_path: Path) -> None:
    guide = stated(
        page("guide", "# Pocket guide\n\nThe lamp has to be cleaned every 9 days.", title="Pocket guide"),
        authority="guide",
    )
    world = World(tmp_path, [lamp(5, "rules", "Lamp rules", authority="rulebook"), guide])
    answer = world.ask(QUESTION)
    assert "5 days" in answer.text
    assert "9 days" not in answer.text
    assert len(answer.sentences) == 1
    (conflict,) = answer.conflicts
    assert conflict.text == "“Lamp rules” (rulebook) says 5 days; “Pocket guide” (guide) says 9 days."
    assert [quote.document_id for quote in conflict.evidence] == ["rules", "guide"]
    assert any("that is not decided here" in notice for notice in answer.notices)


def test_the_higher_document_is_quoted_where_both_say_the_same(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        [lamp(5, "guide", "Lamp guide", authority="guide"), lamp(5, "law", "Lamp act", authority="law")],
    )
    answer = world.ask(QUESTION)
    assert answer.sentences[0].evidence[0].document_id == "law"
    assert answer.conflicts == ()


def test_a_conflict_is_told_in_korean(tmp_path: Path) -> None:
    law = page("law", "# 등대법\n\n등대지기에게는 한 해에 15일의 휴가를 준다.", title="등대법", language="ko")
    guide = page("guide", "# 안내\n\n등대지기의 휴가는 한 해에 10일입니다.", title="등대 안내", language="ko")
    world = World(tmp_path, [stated(guide, authority="guide"), stated(law, authority="law")])
    answer = world.ask("등대지기의 휴가는 한 해에 며칠인가요?")
    assert "15일" in answer.text
    assert answer.conflicts[0].text == "“등대법” (법령)에는 15일, “등대 안내” (안내)에는 10일(으)로 되어 있습니다."


def test_two_documents_of_one_rank_are_both_shown(tmp_path: Path) -> None:
    world = World(tmp_path, [lamp(5, "old", "Lamp care"), lamp(8, "new", "Lamp house")])
    (conflict,) = world.ask(QUESTION).conflicts
    assert {"5 days", "8 days"} <= {word for word in ("5 days", "8 days") if word in conflict.text}
    assert not any("counts for more" in notice for notice in world.ask(QUESTION).notices)


def test_two_clauses_of_one_document_that_contradict_each_other_are_both_shown(tmp_path: Path) -> None:
    text = (
        "# Keeper rules\n\n## 3. Cleaning\n\nThe keeper cleans the lamp every 5 days.\n\n"
        "## 9. Duties\n\nThe keeper cleans the lamp every 8 days.\n"
    )
    (conflict,) = (
        World(tmp_path, [page("rules", text, title="Keeper rules")])
        .ask("How often does the keeper clean the lamp?")
        .conflicts
    )
    assert "(Section 3)" in conflict.text
    assert "(Section 9)" in conflict.text


def test_what_scope_explains_is_named_and_no_conflict(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        [
            lamp(5, "north", "North lamp", scope="country: KR, site: North"),
            lamp(8, "south", "South lamp", scope="country: KR, site: South"),
        ],
    )
    answer = world.ask(QUESTION)
    assert answer.conflicts == ()
    (other,) = answer.elsewhere
    assert "For site: " in other.text
    assert "site: South, “South lamp” says 8 days" in other.text.replace("for site", "site").replace("For site", "site")
    assert "country" not in other.text


def test_a_document_that_says_where_alone_it_holds_is_taken_at_its_word(tmp_path: Path) -> None:
    north = page(
        "north",
        "# North station\n\nThis page applies to the North station only. The lamp is cleaned every 8 days.",
        title="North station",
    )
    answer = World(tmp_path, [lamp(5, "rules", "Lamp rules"), north]).ask(QUESTION)
    assert answer.conflicts == ()
    (other,) = answer.elsewhere
    assert "or the North station, “North station” says 8 days" in other.text


def test_an_annex_holds_for_something_of_its_own(tmp_path: Path) -> None:
    world = World(tmp_path, [lamp(5, "rules", "Lamp rules"), lamp(8, "annex", "Annex for the island")])
    answer = world.ask(QUESTION)
    assert answer.conflicts == ()
    assert len(answer.elsewhere) == 1


def test_one_allows_what_the_other_forbids(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        [
            stated(
                page("rules", "Visitors may not climb the tower at night.", title="Tower rules"), authority="rulebook"
            ),
            stated(page("guide", "Visitors may climb the tower at night.", title="Visitor guide"), authority="guide"),
        ],
    )
    (conflict,) = world.ask("May visitors climb the tower at night?").conflicts
    assert conflict.text.startswith("“Tower rules” (rulebook) says “Visitors may not climb")


@pytest.mark.parametrize(
    "other",
    [
        "The lamp is cleaned every 5 days.",  # the same
        "The lamp is cleaned every five days.",
        "The boat is cleaned every 8 days.",  # something else
        "The lamp is lit for 8 days.",
        "The lamp weighs 8 tons.",
        "The lamp is cleaned every 5 days, in winter every 8 days.",
    ],
)
def test_consistent_documents_are_no_conflict(tmp_path: Path, other: str) -> None:
    world = World(tmp_path, [lamp(5, "rules", "Lamp rules"), page("house", f"# House\n\n{other}", title="House")])
    answer = world.ask(QUESTION)
    assert (answer.conflicts, answer.elsewhere) == ((), ())


def test_a_reader_learns_nothing_of_a_conflict_with_a_document_that_is_not_theirs(tmp_path: Path) -> None:
    hidden = replace(lamp(9, "board", "Board paper"), readers=frozenset({"board"}))
    world = World(tmp_path, [lamp(5, "rules", "Lamp rules"), hidden])
    assert world.ask(QUESTION).conflicts == ()
    assert len(world.ask(QUESTION, groups=["board"]).conflicts) == 1


def test_a_document_without_dates_is_told_where_another_day_is_asked_about(tmp_path: Path) -> None:
    world = World(tmp_path, [page("lamp", "The lamp is cleaned every 5 days.", title="Lamp")])
    assert world.ask(QUESTION).notices == ()
    assert world.ask(QUESTION, date(2024, 5, 1)).notices == (
        "“Lamp” states no dates: whether it applied on 2024-05-01 can't be seen.",
    )


def test_a_document_that_ends_without_another_revision_is_announced(tmp_path: Path) -> None:
    ending = page("lamp", "The lamp is cleaned every 5 days.", title="Lamp", since=SINCE, until=date(2027, 1, 1))
    assert World(tmp_path, [ending]).ask(QUESTION).notices == ("“Lamp” is not in force any more from 2027-01-01 on.",)


def test_a_document_that_is_followed_by_another_revision_is_not_said_to_end(fees: World) -> None:
    assert not any("not in force any more" in notice for notice in fees.ask("What is the gym fee?", TODAY).notices)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("사용자는 1년간 80퍼센트 이상 출근하면 15일을 준다", {("month", "12"), ("%", "80"), ("day", "15")}),
        (
            "two weeks, by 1 March 2026 at 9:30 am",
            {("day", "14"), ("date", "3-1"), ("calendar year", "2026"), ("clock", "9:30")},
        ),
        ("founded in December 2015, minimum age 18.", {("calendar year", "2015"), ("number", "18")}),
        ("매월 25일 오후 6시 반까지", {("nth", "25"), ("clock", "18:30")}),
        ("3만 5천원, USD 20 and 10 per cent", {("won", "35000"), ("dollar", "20"), ("%", "10")}),
        ("8 books on Mondays, 두 사람", {("book", "8"), ("weekday", "1"), ("person", "2")}),
        ("제60조제1항", set()),
    ],
)
def test_amounts_are_read_in_one_form(words: str, found: set[tuple[str, str]]) -> None:
    assert read_values(words).values == {Value(*pair) for pair in found}


def test_another_name_in_the_same_sentence_is_a_conflict(tmp_path: Path) -> None:
    pages = [
        page("one", "# Tower\n\nThe tower was designed by Ada Morgan for the harbour.", title="Tower"),
        page("two", "# Harbour\n\nThe tower was designed by Ben Osgood for the harbour.", title="Harbour"),
    ]
    (conflict,) = World(tmp_path, pages).ask("Who designed the tower?").conflicts
    assert "Ada Morgan" in conflict.text
    assert "Ben Osgood" in conflict.text
