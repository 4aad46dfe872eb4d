"""Feedback becomes cases or training pairs only after a review, and shows where documents say too little."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from groundtune.comparison.cases import json_rows, read_answer_cases
from groundtune.comparison.retrieval import read_retrieval_cases
from groundtune.errors import BadData, UnknownName, UsageError
from groundtune.types import Question, Reader
from groundtune.workspace.attention import open_questions, stale_documents
from groundtune.workspace.reviewing import CaseFiles, Reviewing
from tests.workspace.house import PERMIT, House, add, make_house

TODAY = date.today()
WEEK_AGO = datetime.now().astimezone() - timedelta(days=7)


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = make_house(tmp_path / "house")
    add(made, "safe", "The code of the safe is 4711.", readers="board")
    return made


def ask(house: House, text: str = PERMIT, *groups: str, days_ago: int = 0) -> int:
    new = house.answers.ask(Question(text, TODAY, Reader(frozenset(groups))))
    number, _ = house.answers.keep(replace(new, asked_at=new.asked_at - timedelta(days=days_ago)))
    assert number is not None
    return number


def reviewing(house: House) -> Reviewing:
    return house.answers.reviewing


def files(house: House) -> CaseFiles:
    return CaseFiles.below(house.settings.root)


def test_nothing_is_written_before_a_person_has_accepted_it(house: House) -> None:
    answer = ask(house)
    number = reviewing(house).mark(answer, "right", note="fine")
    ((feedback, kept),) = reviewing(house).open()
    assert (feedback.id, feedback.note, kept.id) == (number, "fine", answer)
    assert not (house.settings.root / "feedback").exists()
    (written,) = reviewing(house).accept(number, who="kim", into="cases")
    assert written.file == files(house).retrieval
    (case,) = read_retrieval_cases(files(house).retrieval)
    assert (case.question, case.relevant, case.as_of, case.origin) == (PERMIT, ("parking#0",), TODAY, "reviewed")
    assert reviewing(house).open() == []
    with pytest.raises(UnknownName, match=f"“{number}”"):
        reviewing(house).accept(number, who="kim")


def test_what_is_rejected_leaves_no_trace_in_any_file(house: House) -> None:
    reviewing(house).reject(reviewing(house).mark(ask(house), "right"))
    assert (reviewing(house).open(), (house.settings.root / "feedback").exists()) == ([], False)


def test_a_better_passage_is_what_the_question_is_paired_with(house: House) -> None:
    number = reviewing(house).mark(ask(house, "Where is the gym?"), "missing", passage="parking#0")
    (written,) = reviewing(house).accept(number, who="kim", into="pairs")
    ((_, row),) = json_rows(files(house).pairs)
    assert (written.line, row["question"], row["relevant"]) == (None, "Where is the gym?", ["parking#0"])
    assert (row["as_of"], row["reviewed_by"]) == (TODAY.isoformat(), "kim")


def test_facts_make_a_case_for_answers_which_is_not_learnt_from(house: House) -> None:
    number = reviewing(house).mark(ask(house, PERMIT, "staff"), "right")
    with pytest.raises(UsageError):
        reviewing(house).accept(number, who="kim", facts=[["35,000 won"]], into="pairs")
    reviewing(house).accept(number, who="kim", facts=[["35,000 won", "35,000원"]])
    (case,) = read_answer_cases(files(house).answers, today=TODAY)
    assert (case.kind, case.required[0].variants) == ("answerable", ("35,000 won", "35,000원"))
    assert (case.input.reader, case.relevant) == (Reader(frozenset({"staff"})), ("parking#0",))
    assert len(read_retrieval_cases(files(house).retrieval)) == 1
    assert not files(house).pairs.exists()


def test_a_refusal_that_is_right_becomes_a_case_that_must_be_refused(house: House) -> None:
    number = reviewing(house).mark(ask(house, "Who won the football world cup in 1998?"), "right")
    reviewing(house).accept(number, who="kim")
    (case,) = read_answer_cases(files(house).answers, today=TODAY)
    assert case.kind in ("off_topic", "near_topic")


def test_a_question_is_measured_on_or_learnt_from_and_its_likes_go_with_it(house: House) -> None:
    first = reviewing(house).mark(ask(house), "right")
    reviewing(house).accept(first, who="kim", into="pairs")
    second = reviewing(house).mark(ask(house, PERMIT.upper()), "right")
    (again,) = reviewing(house).accept(second, who="kim")
    assert (again.file, again.line) == (files(house).pairs, 1)
    third = reviewing(house).mark(ask(house, PERMIT.replace("monthly", "a monthly")), "right")
    (near,) = reviewing(house).accept(third, who="kim")
    assert (near.file, near.line) == (files(house).pairs, None)
    assert not files(house).retrieval.exists()


def test_a_file_that_cannot_be_read_leaves_the_feedback_open(house: House) -> None:
    files(house).retrieval.parent.mkdir()
    files(house).retrieval.write_text("no json\n", "utf-8")
    number = reviewing(house).mark(ask(house), "right")
    with pytest.raises(BadData):
        reviewing(house).accept(number, who="kim", into="cases")
    assert [feedback.id for feedback, _ in reviewing(house).open()] == [number]


@pytest.mark.parametrize("name", ["nothing#0", "nothing", "parking#7", "safe#0", "safe"])
def test_a_passage_that_the_asker_could_not_have_is_unknown(house: House, name: str) -> None:
    with pytest.raises(UnknownName, match=name.partition("#")[0]):
        reviewing(house).mark(ask(house), "wrong", passage=name)
    assert reviewing(house).open() == []


def test_only_who_may_see_an_answer_says_what_it_is(house: House) -> None:
    answer = ask(house, "What is the code of the safe?", "board")
    with pytest.raises(UnknownName):
        reviewing(house).mark(answer, "wrong", reader=Reader())
    reviewing(house).mark(answer, "right", reader=Reader(frozenset({"board"})))
    assert reviewing(house).open(Reader()) == []
    assert len(reviewing(house).open()) == 1


def test_feedback_forgets_the_name_of_a_deleted_document_and_goes_with_its_answer(house: House) -> None:
    answer = ask(house)
    reviewing(house).mark(answer, "wrong", passage="parking#0")
    house.delete(["parking"])
    ((feedback, kept),) = reviewing(house).open()
    assert (feedback.passage, kept.answer) == (None, None)
    house.answers.store.erase([answer])
    assert reviewing(house).open() == []


# --- What is asked in vain ---


def test_what_is_asked_often_and_never_answered_is_listed_with_its_nearest_passage(house: House) -> None:
    asked = [ask(house, text) for text in ("Is there a sauna?", "is there a sauna here", "Is there a sauna")]
    ask(house, "Who won the football world cup in 1998?")
    ask(house)
    ask(house)
    (gap,) = open_questions(house, None, since=WEEK_AGO, at_least=2)
    assert (gap.question, gap.ids, gap.count) == ("Is there a sauna", tuple(asked), 3)
    last = house.answers.store.get(asked[-1]).answer
    assert last is not None
    assert gap.nearest == last.nearest[0]
    assert open_questions(house, None, since=WEEK_AGO, at_least=4) == []


def test_a_gap_closes_with_an_answer_and_opens_with_a_wrong_one(house: House) -> None:
    for _ in range(2):
        ask(house, "When does the sauna open on Mondays?", days_ago=1)
    add(house, "sauna", "The sauna opens at 17:00 on Mondays.")
    answered = ask(house, "When does the sauna open on Mondays?")
    assert not house.answers.store.get(answered).refused
    assert open_questions(house, None, since=WEEK_AGO, at_least=1) == []
    number = reviewing(house).mark(answered, "wrong")
    (gap,) = open_questions(house, None, since=WEEK_AGO, at_least=1)
    assert gap.count == 3
    reviewing(house).reject(number)
    assert open_questions(house, None, since=WEEK_AGO, at_least=1) == []


def test_gaps_are_counted_under_the_readers_rights(house: House) -> None:
    for _ in range(2):
        ask(house, "Is there a sauna?", "board")
    assert open_questions(house, Reader(), since=WEEK_AGO, at_least=2) == []
    assert len(open_questions(house, Reader(frozenset({"board"})), since=WEEK_AGO, at_least=2)) == 1


def test_documents_that_ran_out_or_grew_old_are_listed(house: House) -> None:
    add(house, "pool", "The pool opens at 6:15.", effective_from="2020-01-01", effective_to="2021-01-01")
    add(house, "guide", "Badges cost 5 euros each for visitors.")
    ask(house)
    ask(house)
    later = date(TODAY.year + 2, 1, 1)
    found = stale_documents(house, None, since=WEEK_AGO, at_least=2, months=12, today=later)
    assert [(stale.document_id, stale.cause, stale.quoted) for stale in found] == [
        ("parking", "unchanged", 2),
        ("pool", "ended", 0),
    ]
    assert found[1].since == date(2021, 1, 1)
    assert [stale.document_id for stale in _stale_today(house)] == ["pool"]
    add(house, "pool", "The pool opens at 6:15.", effective_from=TODAY + timedelta(days=30))
    assert _stale_today(house) == []


def _stale_today(house: House) -> list[object]:
    return list(stale_documents(house, None, since=WEEK_AGO, at_least=2, months=12, today=TODAY))
