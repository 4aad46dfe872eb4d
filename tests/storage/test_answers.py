"""Answers are kept whole, shown under the documents' rights, and lose what a deleted document said."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from groundtune.errors import UnknownName
from groundtune.storage.answers import AnswerStore
from groundtune.storage.database import Database
from groundtune.storage.documents import DocumentStore, IndexFormat, NewPassage
from groundtune.storage.kept import AnswerSettings, NewAnswer, PromptMessage, shown_in
from groundtune.types import Answer, Document, Evidence, Hit, Location, Passage, Question, Reader, Sentence, Span

DAY = date(2026, 6, 1)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SETTINGS = AnswerSettings("0.1.0", "extractive", "fake:hash", "bigram/1", parameters={"seed": 0}, k=30)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "groundtune.sqlite")


@pytest.fixture
def documents(database: Database) -> DocumentStore:
    store = DocumentStore(database)
    store.set_format(IndexFormat("fake:hash", 4, "bigram/1"))
    return store


@pytest.fixture
def answers(database: Database) -> AnswerStore:
    return AnswerStore(database)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def put(store: DocumentStore, name: str, text: str, readers: Sequence[str] | None = None) -> Passage:
    allowed = None if readers is None else frozenset(readers)
    document = Document(name, name.title(), text, f"{name}.md", readers=allowed)
    store.put(document, [NewPassage(Span(0, len(text)), ("term",), None)], content_hash=digest(text), today=DAY)
    newest = max(row.passage_id for row in store.rows(name))
    return store.passages([newest], reader=Reader(allowed or frozenset()), as_of=None)[newest]


def quoting(passage: Passage, **fields: object) -> Answer:
    quote = Evidence(
        passage.document_id, passage.title, passage.revision_id, passage.revision_number, None, None, passage.id,
        ("Heading",), passage.text, passage.start, passage.end, (Location(0, "page", "3"),), passage=passage.name,
    )  # fmt: skip
    answer = Answer(
        "What does it say?", DAY, passage.text, "en", (Sentence(passage.text, (quote,), 0.987),),
        notices=("Ask the office.",), timings_ms={"total": 12.3}, model="extractive",
    )  # fmt: skip
    return replace(answer, **fields)  # type: ignore[arg-type]


def kept(answer: Answer, groups: Sequence[str] = (), **fields: object) -> NewAnswer:
    question = Question(answer.question, answer.as_of, Reader(frozenset(groups)), "en")
    return replace(NewAnswer(question, NOON, 1, answer, SETTINGS), **fields)  # type: ignore[arg-type]


def on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file())


def test_an_answer_comes_back_as_it_was_given(answers: AnswerStore, documents: DocumentStore) -> None:
    near = Hit(put(documents, "gym", "The gym opens at six."), 1, 0.25, None, -0.125)
    given = quoting(put(documents, "pool", "The pool closes at nine."), nearest=(near,), prompt_tokens=7)
    prompt = (PromptMessage("user", "Read this."),)
    number = answers.put(kept(given, ("staff",), prompt=prompt, read=(near.passage,)))
    back = answers.get(number)
    assert back.answer == given
    assert (back.question.text, back.question.as_of, back.question.language) == (given.question, DAY, "en")
    assert (back.question.reader, back.asked_at, back.settings) == (Reader(frozenset({"staff"})), NOON, SETTINGS)
    assert back.prompt == prompt
    assert [(s.use, s.document_id, s.revision_number, s.ordinal, s.content_hash) for s in back.sources] == [
        ("quoted", "pool", 1, 0, digest("The pool closes at nine.")),
        ("nearest", "gym", 1, 0, digest("The gym opens at six.")),
        ("read", "gym", 1, 0, digest("The gym opens at six.")),
    ]


def test_an_answer_is_hidden_from_whom_its_documents_are_hidden_from(
    answers: AnswerStore, documents: DocumentStore
) -> None:
    quoted = put(documents, "safe", "The code is 4711.", ["board"])
    open_to_all = put(documents, "gym", "The gym opens at six.")
    by_quote = answers.put(kept(quoting(quoted)))
    by_nearest = answers.put(kept(quoting(open_to_all, nearest=(Hit(quoted, 1, 0.5),))))
    by_prompt = answers.put(kept(quoting(open_to_all), prompt=(PromptMessage("user", "x"),), read=(quoted,)))
    free = answers.put(kept(quoting(open_to_all)))
    outsider, insider = Reader(frozenset({"staff"})), Reader(frozenset({"board"}))
    assert [found.id for found in answers.all(outsider)] == [free]
    assert [found.id for found in answers.all(insider)] == [by_quote, by_nearest, by_prompt, free]
    for hidden in (by_quote, by_nearest, by_prompt, 99):
        with pytest.raises(UnknownName, match=f"“{hidden}”"):
            answers.get(hidden, outsider)
    documents.set_readers("gym", frozenset({"board"}))
    assert answers.all(outsider) == []


def test_what_was_asked_in_a_group_is_shown_only_in_that_group(answers: AnswerStore, documents: DocumentStore) -> None:
    number = answers.put(kept(quoting(put(documents, "gym", "The gym opens at six.")), ("board",)))
    assert answers.all(Reader(frozenset({"staff"}))) == []
    assert [found.id for found in answers.all(Reader(frozenset({"board", "staff"})))] == [number]


def test_a_deleted_document_takes_its_words_out_of_every_answer_to_the_byte(
    answers: AnswerStore, documents: DocumentStore, tmp_path: Path
) -> None:
    gone = put(documents, "kim-review", "A confidential sentence of Kim's.")
    stays = put(documents, "gym", "The gym opens at six.")
    ids = [
        answers.put(kept(quoting(gone))),
        answers.put(kept(quoting(stays, refused=True, nearest=(Hit(gone, 1, 0.5),)))),
        answers.put(kept(quoting(stays), prompt=(PromptMessage("user", gone.text),), read=(gone,))),
    ]
    untouched = answers.put(kept(quoting(stays)))
    documents.delete("kim-review")
    for trace in (b"confidential", b"kim-review", b"Kim-Review"):
        assert trace not in on_disk(tmp_path)
    for found in answers.some(ids):
        assert (found.answer, found.prompt) == (None, ())
        assert None in [source.document_id for source in found.sources]
    assert [found.refused for found in answers.some(ids)] == [False, True, False]
    assert answers.get(untouched).answer is not None


def test_an_answer_whose_document_goes_before_it_is_stored_keeps_no_word_of_it(
    answers: AnswerStore, documents: DocumentStore
) -> None:
    gone = put(documents, "safe", "The code is 4711.")
    documents.delete("safe")
    found = answers.get(answers.put(kept(quoting(gone))))
    assert (found.answer, found.sources, found.question.text) == (None, (), "What does it say?")


def test_answers_go_when_their_days_are_over(answers: AnswerStore, documents: DocumentStore, tmp_path: Path) -> None:
    passage = put(documents, "gym", "The gym opens at six.")
    old = quoting(passage, question="Does Kim pay too?")
    answers.put(kept(old, asked_at=NOON - timedelta(days=31)))
    young = answers.put(kept(quoting(passage), asked_at=NOON - timedelta(days=29)))
    assert answers.count() == 2
    newest = answers.put(kept(quoting(passage)), keep_days=30)
    assert [found.id for found in answers.all()] == [young, newest]
    assert b"Does Kim pay" not in on_disk(tmp_path)
    assert (answers.expire(NOON), answers.count()) == (1, 1)


def test_answers_are_found_by_the_words_that_they_hold_anywhere(answers: AnswerStore, documents: DocumentStore) -> None:
    gym = put(documents, "gym", 'The gym "opens"\nat six.')
    asked = answers.put(kept(quoting(gym, question="May Kim Minji come?")))
    quoted = answers.put(kept(quoting(put(documents, "list", "김민지 is on the list."))))
    told = answers.put(kept(quoting(gym), prompt=(PromptMessage("system", "Mention kim minji."),)))
    assert answers.mentioning(["KIM MINJI", "김민지"]) == [asked, quoted, told]
    assert answers.mentioning(['"opens"\nat']) == [asked, told]
    assert answers.mentioning(["nobody", " "]) == []


def test_erased_answers_leave_no_byte(answers: AnswerStore, documents: DocumentStore, tmp_path: Path) -> None:
    gym = put(documents, "gym", "The gym opens at six.")
    number = answers.put(kept(quoting(gym, question="May Kim Minji come?" * 500)))
    other = answers.put(kept(quoting(gym)))
    assert answers.erase([number, 99]) == 1
    assert b"Kim Minji" not in on_disk(tmp_path)
    assert [found.id for found in answers.all()] == [other]
    assert answers.put(kept(quoting(gym))) > other


def test_answers_are_found_by_time_kind_and_document(answers: AnswerStore, documents: DocumentStore) -> None:
    gym, pool = put(documents, "gym", "The gym opens at six."), put(documents, "pool", "The pool is cold.")
    early = answers.put(kept(quoting(gym), asked_at=NOON - timedelta(hours=2)))
    late = answers.put(kept(quoting(pool, refused=True, reason_code="off_topic")))
    assert [found.id for found in answers.all(since=NOON)] == [late]
    assert [found.id for found in answers.all(refused=True)] == [late]
    assert [found.id for found in answers.all(refused=False)] == [early]
    key = next(row.document_key for row in documents.rows("pool"))
    assert [found.id for found in answers.resting_on([key])] == [late]


def test_a_field_that_an_answer_gains_later_is_looked_through_for_documents(documents: DocumentStore) -> None:
    passage = put(documents, "gym", "The gym opens at six.")
    quote = quoting(passage).sentences[0].evidence[0]
    later = quoting(passage, sentences=(), notices=({"in a table": [quote]},))
    assert [(shown.use, shown.revision_id) for shown in shown_in(later)] == [("quoted", passage.revision_id)]
