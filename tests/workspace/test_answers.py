"""Answers are kept, given again from what was known then, and doubted when their ground changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from groundtune.answering.doubt import Doubtful
from groundtune.errors import UnknownName
from groundtune.settings import load_settings
from groundtune.storage.kept import NewAnswer
from groundtune.types import Question, Reader
from groundtune.workspace.replaying import Replay
from tests.answering.worlds import embedder
from tests.workspace.house import PERMIT, House, add, make_house

TODAY = date.today()


@pytest.fixture
def house(tmp_path: Path) -> House:
    return make_house(tmp_path / "house")


def ask(house: House, text: str = PERMIT, groups: Sequence[str] = (), as_of: date = TODAY) -> int:
    number, failure = house.answers.keep(house.answers.ask(Question(text, as_of, Reader(frozenset(groups)))))
    assert failure is None
    assert number is not None
    return number


def causes(replay: Replay) -> list[tuple[str, str | None]]:
    return [(cause.kind, cause.name) for cause in replay.causes]


def the_one(found: Sequence[Doubtful]) -> Doubtful:
    assert len(found) == 1
    return found[0]


# --- Keeping ---


def test_what_is_kept_is_what_was_given(house: House) -> None:
    new = house.answers.ask(Question(PERMIT, TODAY))
    number, _ = house.answers.keep(new)
    kept = house.answers.store.get(number or 0)
    assert not kept.refused
    assert kept.answer == new.answer
    assert kept.answer is not None
    assert "35,000 won" in kept.answer.text
    assert (kept.settings.model, kept.settings.analyser, kept.settings.chat_identity) == (
        "extractive",
        "bigram/1",
        None,
    )


def test_a_written_answer_keeps_what_the_model_was_told_and_read(house: House) -> None:
    number, _ = house.answers.keep(house.answers.ask(Question(PERMIT, TODAY), "chat"))
    kept = house.answers.store.get(number or 0)
    assert kept.answer is not None
    assert kept.answer.model == "fake:scripted"
    assert PERMIT in kept.prompt[-1].content
    assert {source.document_id for source in kept.sources if source.use == "read"} >= {"parking"}
    assert kept.settings.chat_identity is not None
    assert kept.settings.parameters["temperature"] == 0.0


@pytest.mark.parametrize(("keep", "left"), [("false", []), ("true", [1, 2]), ("30", [2])])
def test_the_settings_say_whether_and_how_long(house: House, keep: str, left: list[int]) -> None:
    old = house.answers.ask(Question(PERMIT, TODAY))
    toml = house.settings.root / "groundtune.toml"
    toml.write_text(f'analyser = "bigram"\n[answers]\nkeep = {keep}\n', "utf-8")
    fresh = House(load_settings(house.settings.root))
    fresh.answers.keep(replace(old, asked_at=old.asked_at - timedelta(days=31)))
    assert fresh.answers.keep(old) == ((2, None) if left else (None, None))
    assert [kept.id for kept in fresh.answers.store.all()] == left


def test_answers_whose_days_are_over_are_not_shown_though_nobody_asks(house: House) -> None:
    old = house.answers.ask(Question(PERMIT, TODAY))
    house.answers.keep(replace(old, asked_at=old.asked_at - timedelta(days=31)))
    fresh = House(replace(house.settings, keep_answers=30))
    assert fresh.answers.store.all() == []


def test_a_database_that_refuses_costs_nobody_the_answer(house: House) -> None:
    new = house.answers.ask(Question(PERMIT, TODAY))
    with house.database.transaction() as connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON answers BEGIN SELECT RAISE(ABORT, 'no room'); END")
    assert house.answers.keep(new) == (None, "no room")
    broken = replace(new, question=Question("half a letter: \udc80", TODAY))
    number, failure = house.answers.keep(broken)
    assert number is None
    assert failure


# --- Replay ---


@pytest.mark.parametrize("text", [PERMIT, "Who won the football world cup in 1998?"])
def test_a_replay_in_an_unchanged_workspace_is_equal(house: House, text: str) -> None:
    number = ask(house, text)
    again = house.answers.replay(number)
    assert (again.differences, again.causes) == ((), ())
    kept = house.answers.store.get(number).answer
    assert kept is not None
    assert replace(again.answer, timings_ms={}) == replace(kept, timings_ms={})


def test_a_replay_asks_what_was_known_then_and_leaves_nothing_behind(house: House) -> None:
    number = ask(house)
    leftover = house.settings.derived / "replay"
    leftover.mkdir(parents=True)
    (leftover / "then.sqlite").write_bytes(b"of a replay that was killed")
    add(house, "parking", "A monthly permit costs 40,000 won for staff. Visitors park free for 30 minutes.")
    add(house, "permits", "A monthly permit for staff costs 99,000 won at the new site.")
    again = house.answers.replay(number)
    assert (again.same, again.causes) == (True, ())
    assert "35,000 won" in again.answer.text
    assert "35,000 won" not in house.answers.ask(Question(PERMIT, TODAY)).answer.text
    assert not list(leftover.iterdir())
    assert house.answers.store.count() == 1


def test_a_replay_on_a_later_day_says_what_was_said_then(house: House) -> None:
    asked_on = TODAY - timedelta(days=3)
    question = Question(PERMIT, asked_on)
    given = house.answerer_with(None, today=lambda: asked_on).answer(question)
    asked_at = datetime.combine(asked_on, time(12)).astimezone()
    new = replace(house.answers.ask(question), answer=given, asked_at=asked_at)
    assert new.answer.notices != house.answers.ask(question).answer.notices
    assert house.answers.replay(house.answers.store.put(new)).same


def test_a_replay_names_what_is_gone(house: House) -> None:
    permit, hours = ask(house), ask(house, "When is the library open on weekdays?")
    house.delete(["parking"])
    gone = house.answers.replay(permit)
    assert (gone.same, gone.differences) == (False, None)
    assert [(cause.kind, cause.shown) for cause in gone.causes] == [("deleted", True)]
    assert gone.answer.refused
    other = house.answers.replay(hours)
    assert [(cause.kind, cause.shown) for cause in other.causes] == [("deleted", False)]
    assert house.answers.replay(hours, Reader()).causes == (), "who could read it is not known any more"


def test_a_replay_tells_nothing_of_documents_that_whoever_looks_may_not_read(house: House) -> None:
    add(house, "safe", "The code of the safe is 4711.", readers="staff")
    number = ask(house)
    house.store.set_readers("safe", frozenset({"board"}))
    assert causes(house.answers.replay(number)) == [("readers", "safe")]
    assert house.answers.replay(number, Reader(frozenset({"staff"}))).causes == ()


def test_a_replay_asks_with_the_rights_of_now(house: House) -> None:
    add(house, "safe", "The code of the safe is 4711.", readers="staff")
    number = ask(house, "What is the code of the safe?", ["staff"])
    assert not house.answers.store.get(number).refused
    house.store.set_readers("safe", frozenset({"board"}))
    house.index.catch_up()
    again = house.answers.replay(number)
    assert "4711" not in again.answer.text
    assert again.differences
    assert causes(again) == [("readers", "safe"), ("not_readable", "safe")]


def test_a_replay_takes_the_weight_of_then_and_tells_other_settings(house: House) -> None:
    new = house.answers.ask(Question(PERMIT, TODAY))
    number, _ = house.answers.keep(replace(new, settings=replace(new.settings, version="0.0.9", k=12)))
    fresh = House(replace(house.settings, lexical_weight=0.9))
    fresh.embedder = embedder()
    again = fresh.answers.replay(number or 0)
    assert again.same
    assert [(cause.name, cause.then) for cause in again.causes] == [("version", "0.0.9"), ("k", 12)]


def test_a_model_that_writes_otherwise_is_found_out(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    number, _ = house.answers.keep(house.answers.ask(Question(PERMIT, TODAY), "chat"))
    assert house.answers.replay(number or 0).same
    monkeypatch.setattr(House, "says", "Staff pay 35,000 won for a monthly permit.")
    again = house.answers.replay(number or 0)
    assert {difference.field for difference in again.differences or ()} >= {"text", "sentences"}
    assert again.causes == ()


# --- Doubt ---


def test_a_quote_that_still_stands_makes_no_doubt(house: House) -> None:
    ask(house)
    add(
        house,
        "parking",
        "New rules.\n\nVisitors park free for 60 minutes.\n\nA monthly permit costs 35,000 won for staff.",
    )
    add(house, "library", "The library is closed.")
    assert house.answers.doubtful() == []


def test_a_correction_makes_doubtful_what_it_corrects_and_shows_the_words(house: House) -> None:
    number = ask(house)
    before = house.store.last_change()
    add(house, "parking", "A monthly permit costs 40,000 won for staff. Visitors park free for 30 minutes.")
    found = the_one(house.answers.doubtful())
    assert (found.kept.id, found.for_today) == (number, ())
    (doubt,) = found.for_its_day
    assert (doubt.cause, doubt.now.number if doubt.now else 0) == ("changed", 2)
    words = [(run.kind, run.text) for change in doubt.changes for run in change.words if run.kind != "same"]
    assert words == [("removed", "35,000"), ("added", "40,000")]
    assert house.answers.doubtful_since(before) == 1
    assert house.answers.doubtful_since(house.store.last_change()) == 0
    assert the_one(house.answers.doubtful(document_id="parking")).kept.id == number
    assert house.answers.doubtful(document_id="library") == []


def test_a_row_is_in_doubt_when_the_head_of_its_table_changes(house: House) -> None:
    table = "| Borrower | Books | Loan |\n|---|---|---|\n| Staff | 8 | 14 days |\n| Graduate student | 25 | 35 days |"
    add(house, "loans", table)
    number = ask(house, "How many books may a graduate student borrow?")
    kept = house.answers.store.get(number).answer
    assert kept is not None
    assert kept.sentences[0].evidence[0].header == "| Borrower | Books | Loan |"
    add(house, "loans", table.replace("| Staff | 8 | 14 days |", "| Staff | 9 | 14 days |"))
    assert house.answers.doubtful() == []
    add(house, "loans", table.replace("Books", "Discs"))
    (doubt,) = the_one(house.answers.doubtful()).for_its_day
    assert [(change.before, change.after) for change in doubt.changes] == [
        ("| Borrower | Books | Loan |", "| Borrower | Discs | Loan |")
    ]


def test_a_later_version_is_a_doubt_for_the_day_on_which_it_holds(house: House) -> None:
    ask(house)
    ask(house, as_of=TODAY - timedelta(days=1))  # on purpose about the past: that text will hold for it forever
    begins = TODAY + timedelta(days=10)
    add(house, "parking", "A monthly permit costs 40,000 won for staff.", effective_from=begins)
    assert house.answers.doubtful() == []
    assert house.answers.doubtful(today=begins - timedelta(days=1)) == []
    found = the_one(house.answers.doubtful(today=begins))
    assert (found.kept.id, found.for_its_day, len(found.for_today)) == (1, (), 1)


def test_a_text_that_is_no_more_in_force_makes_doubtful(house: House) -> None:
    add(house, "pool", "The pool opens at 6:15 on weekdays.", effective_from="2020-01-01")
    ask(house, "When does the pool open on weekdays?")
    add(house, "pool", "The pool opens at 6:15 on weekdays.", effective_from="2020-01-01", effective_to="2020-02-01")
    (doubt,) = the_one(house.answers.doubtful()).for_its_day
    assert (doubt.cause, doubt.now) == ("not_in_force", None)


def test_readers_who_lose_a_document_and_documents_that_go_make_doubtful(house: House) -> None:
    add(house, "safe", "The code of the safe is 4711.", readers="staff")
    asked = ask(house, "What is the code of the safe?", ["staff"])
    house.store.set_readers("safe", frozenset({"board"}))
    (doubt,) = the_one(house.answers.doubtful()).for_its_day
    assert doubt.cause == "not_readable"
    assert house.answers.doubtful(Reader(frozenset({"staff"}))) == []
    before = house.store.last_change()
    house.delete(["safe"])
    found = the_one(house.answers.doubtful())
    assert (found.kept.id, [doubt.cause for doubt in found.for_its_day]) == (asked, ["deleted"])
    assert house.answers.doubtful_since(before) == 1


def test_words_that_were_erased_make_doubtful_what_quotes_them(house: House) -> None:
    number = ask(house)
    with house.database.transaction() as connection:
        connection.execute(
            "UPDATE revisions SET text = replace(text, '35,000', '[…]'), content_hash = 'x' WHERE title = 'Parking'"
        )
    (doubt,) = the_one(house.answers.doubtful()).for_its_day
    assert doubt.cause == "erased"
    assert causes(house.answers.replay(number)) == [("erased", "parking")]


def test_a_document_that_nobody_may_see_is_as_unknown_as_one_that_is_not_there(house: House) -> None:
    add(house, "safe", "The code of the safe is 4711.", readers="staff")
    for name in ("safe", "nonsense"):
        with pytest.raises(UnknownName, match=f"“{name}”"):
            house.answers.doubtful(Reader(), document_id=name)


def test_a_refusal_is_asked_again_when_new_documents_may_answer_it(house: House) -> None:
    asked = [ask(house, "When does the sauna open on Mondays?") for _ in range(2)]
    ask(house, "Who won the football world cup in 1998?")
    long_ago = datetime.now().astimezone() - timedelta(days=1)
    assert house.answers.answerable_now(long_ago) == []
    add(house, "sauna", "The sauna opens at 17:00 on Mondays.")
    ((kept, answer),) = house.answers.answerable_now(long_ago)
    assert kept.id == asked[1]
    assert "17:00" in answer.text
    assert house.answers.answerable_now(datetime.now().astimezone()) == []


def test_a_question_is_kept_with_its_day_and_reader(house: House) -> None:
    new: NewAnswer = house.answers.ask(Question(PERMIT, date(2020, 5, 1), Reader(frozenset({"staff"})), "en"))
    number, _ = house.answers.keep(new)
    assert house.answers.store.get(number or 0).question == new.question
