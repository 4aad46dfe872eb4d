"""Drafts from a small world: each stands its checks, is marked, and comes out the same from the same seed."""

from datetime import date

import pytest

from groundtune.comparison.cases import read_answer_cases
from groundtune.comparison.matching import states
from groundtune.comparison.retrieval import read_retrieval_cases
from groundtune.drafting.checks import REASONS
from groundtune.drafting.make import Wanted, make_cases
from groundtune.errors import UnknownName, UsageError
from groundtune.models.fakes import ScriptedChat
from groundtune.types import Reader
from tests.workspace.small import workspace

DAY = date(2026, 11, 22)
PAGES = {
    "parking": "A monthly permit costs 35,000 won for staff. Appeals must be sent within 7 days of the fine.",
    "library": "Members may borrow up to 12 books a term.\n\n| Reader | Loan period |\n|---|---|\n"
    "| Undergraduate | 14 days |\n| Alumni | 10 days |\n",
    "gym": "The gym opens at 06:30 on weekdays. A locker costs 6,000 won a term.",
}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return workspace(tmp_path_factory.mktemp("drafts"), pages=PAGES)


def made(where, **wanted):
    return make_cases(where.store, where.searcher, Wanted(**wanted), day=DAY)


def written(folder, drafts):
    import json

    file = folder / "drafts.jsonl"
    file.write_text("".join(json.dumps(draft.row(), ensure_ascii=False) + "\n" for draft in drafts), "utf-8")
    return file


def test_every_draft_is_marked_and_read_as_a_case(small, tmp_path) -> None:
    drafts = made(small, n=12).drafts
    file = written(tmp_path, drafts)
    cases = read_answer_cases(file, today=DAY)
    assert len(cases) == len(drafts) > 6
    assert {case.origin for case in cases} == {"drafted"}
    assert all(row["drafted_from"]["document"] for row in (draft.row() for draft in drafts))
    assert {case.origin for case in read_retrieval_cases(file)} == {"drafted"}


def test_the_answer_stands_in_its_passage_to_the_letter_and_not_in_the_question(small) -> None:
    answered = [draft for draft in made(small, n=12).drafts if draft.asked.facts]
    assert answered
    for draft in answered:
        text = small.store.revision(draft.source.passage.revision_id).text
        assert text[draft.source.piece.start : draft.source.piece.end] == draft.source.quote
        for fact in draft.asked.facts:
            assert fact.variants[0] in draft.source.passage.text
            assert states(draft.source.quote, fact)
            assert not states(draft.asked.question, fact)
        assert draft.source.passage.name in draft.relevant


def test_the_same_seed_gives_the_same_drafts_and_another_one_others(small) -> None:
    rows = [[draft.row() for draft in made(small, n=6, seed=seed).drafts] for seed in (1, 1, 2, 3)]
    assert rows[0] == rows[1]
    assert rows[0] not in rows[2:]


def test_one_in_five_asks_what_the_documents_do_not_say(small) -> None:
    drafts = made(small, n=10).drafts
    unanswered = [draft for draft in drafts if draft.asked.how == "unanswered"]
    assert len(unanswered) == 2
    for draft in unanswered:
        assert draft.row()["kind"] == "near_topic"
        assert "facts" not in draft.row()
        assert draft.source.passage.title in draft.asked.question


def test_what_another_document_answers_otherwise_is_dropped(tmp_path) -> None:
    fee = "The yearly membership fee is {} won."
    pages = {"fees": fee.format("20,000"), "fees-old": fee.format("25,000")}
    found = made(workspace(tmp_path, pages=pages), n=4)
    assert not [draft for draft in found.drafts if draft.asked.how == "amount"]
    assert found.dropped["ambiguous"] == 2
    assert set(found.dropped) <= set(REASONS)


def test_what_holds_elsewhere_otherwise_is_asked_for_its_own_place(tmp_path) -> None:
    small = workspace(tmp_path, pages={})
    for site, fee in (("Seoul", "20,000"), ("Busan", "25,000")):
        page = tmp_path / f"{site}.md"
        head = f"---\nid: fees-{site}\ntitle: Fees\nlanguage: en\nscope: site: {site}\n---\n\n"
        page.write_text(f"{head}# Fees\n\nThe yearly membership fee is {fee} won.\n", "utf-8")
        small.add([page])
    questions = {draft.asked.question: draft.asked.facts[0].variants[0] for draft in made(small, n=2).drafts}
    assert questions == {
        "For Seoul: how much is the yearly membership fee?": "20,000 won",
        "For Busan: how much is the yearly membership fee?": "25,000 won",
    }


def test_a_document_with_several_revisions_is_asked_as_of_a_day(tmp_path) -> None:
    small = workspace(tmp_path, pages={})
    for since, fee in ((date(2025, 1, 1), "20,000"), (date(2026, 1, 1), "25,000")):
        page = tmp_path / f"{since.year}.md"
        head = f"---\nid: fees\ntitle: Fees\nlanguage: en\neffective_from: {since}\n---\n\n"
        page.write_text(f"{head}# Fees\n\nThe yearly membership fee is {fee} won.\n", "utf-8")
        small.add([page])
    (draft,) = [draft for draft in made(small, n=2).drafts if draft.asked.facts]
    assert draft.asked.facts[0].variants[0] == "25,000 won"
    assert draft.row()["as_of"] == "2026-11-22"


def test_nothing_is_drafted_from_what_the_reader_may_not_read(tmp_path) -> None:
    small = workspace(tmp_path, pages={"open": "The open fee is 10,000 won."})
    page = tmp_path / "secret.md"
    head = "---\nid: secret\ntitle: Bonus\nlanguage: en\nreaders: board\n---\n\n# Bonus\n\n"
    page.write_text(f"{head}The yearly bonus is 90,000 won.\n", "utf-8")
    small.add([page])
    found = made(small, n=6)
    assert "secret" not in {draft.source.passage.document_id for draft in found.drafts}
    assert found.restricted == 1
    board = Reader(frozenset({"board"}))
    allowed = make_cases(small.store, small.searcher, Wanted(6), day=DAY, reader=board).drafts
    (bonus,) = [draft for draft in allowed if draft.source.passage.document_id == "secret" and draft.asked.facts]
    assert bonus.row()["groups"] == ["board"], "the case asks as somebody who may read it"


def test_drafts_come_from_the_documents_that_are_named(small) -> None:
    drafts = made(small, n=6, documents=("gym",)).drafts
    assert {draft.source.passage.document_id for draft in drafts} == {"gym"}
    with pytest.raises(UnknownName, match="pool"):
        made(small, n=6, documents=("pool",))


def test_without_documents_it_says_what_to_do(tmp_path) -> None:
    with pytest.raises(UsageError, match="groundtune add"):
        made(workspace(tmp_path, pages={}), n=3)


def test_what_a_chat_model_drafts_stands_the_same_checks(small) -> None:
    replies = {
        "parking": '{"question": "What does a parking permit cost each month?", "answer": "35,000 won"}',
        "borrow": '{"question": "How many books, 12 books or fewer, may members borrow?", "answer": "12 books"}',
        "gym": '{"question": "When does the gym open?", "answer": "at seven"}',
    }
    chat = ScriptedChat(lambda messages: next(r for k, r in replies.items() if k in messages[-1].content.lower()))
    found = make_cases(small.store, small.searcher, Wanted(12), day=DAY, chat=chat)
    drafted = {draft.asked.question for draft in found.drafts if draft.asked.how == "chat"}
    assert drafted == {"What does a parking permit cost each month?"}
    assert found.dropped["given_away"] == 1, "and what isn't in the passage was no answer at all"


def test_a_chat_model_of_which_nothing_stands_is_not_asked_for_ever(tmp_path) -> None:
    pages = {f"fee{i}": f"The yearly fee for hall {i} is {i + 1}0,000 won." for i in range(12)}
    chat = ScriptedChat(lambda messages: '{"question": "What?", "answer": "nothing of the kind"}')
    small = workspace(tmp_path, pages=pages)
    found = make_cases(small.store, small.searcher, Wanted(12), day=DAY, chat=chat)
    assert len(chat.calls) == 8
    assert found.drafts, "the rules go on by themselves"
