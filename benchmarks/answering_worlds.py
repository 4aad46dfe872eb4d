"""Small worlds in which it is known whether the documents answer: documents, questions, and what is right.

Four invented organisations come with the repository, Korean and English: a campus, a ferry company and an observatory
(benchmarks/data), and the company of the sample, asked by its tuning examples, never by its held-out cases. Open data
is read from a folder that is named on the command line, and is skipped where it is missing. A question whose gold
passage is left out of what search finds is near-topic and not answered, though now and then another passage answers it
all the same.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from groundtune.answering.candidates import Candidate, candidates
from groundtune.answering.retrieve import Retrieved, retrieve
from groundtune.comparison.matching import states
from groundtune.knowledge.add import add
from groundtune.knowledge.analyse import open_analyser
from groundtune.knowledge.index import PassageIndex
from groundtune.knowledge.search import Searcher
from groundtune.models import open_embedder
from groundtune.models.protocols import Embedder
from groundtune.progress import Progress
from groundtune.storage.database import Database
from groundtune.storage.documents import DocumentStore
from groundtune.types import EVERYBODY, Fact, Hit, Question, Reader

DATA = Path(__file__).parent / "data"
SAMPLE = Path(__file__).parent.parent / "src" / "groundtune_hr" / "sample"
DOCUMENTS = {
    "campus": (DATA / "campus" / "ko", DATA / "campus" / "en"),
    "ferry": (DATA / "ferry" / "ko", DATA / "ferry" / "en"),
    "observatory": (DATA / "observatory" / "ko", DATA / "observatory" / "en"),
    "sample": (SAMPLE / "handbook",),
}
DAY = date(2026, 11, 22)


@dataclass(frozen=True)
class Case:
    """One question to an organisation."""

    topic: str
    """The page that it is about; what shares one stays on one side."""
    language: str
    kind: str
    """"answerable", "near_topic" or "off_topic"."""
    question: str
    facts: tuple[Fact, ...] = ()
    """What a right answer states."""
    relevant: tuple[str, ...] = ()
    """The documents that state it, in both languages where both do."""

    def side(self, organisation: str) -> str:
        """ "fit" or "check", by topic; all of the campus has been fitted on before."""
        if organisation == "campus":
            return "fit"
        return ("fit", "check")[hashlib.blake2b(self.topic.encode(), digest_size=2).digest()[0] % 2]


@dataclass(frozen=True)
class Observation:
    """One question in one world."""

    world: str
    language: str
    kind: str
    """"answerable", "near_topic" or "off_topic"."""
    question: str
    found: Retrieved
    candidates: Sequence[Candidate]
    right: Sequence[bool]
    """For each candidate whether it states the answer; all False where none is known."""
    retrieved: bool
    """Whether a passage that answers was among those found."""
    topic: str = ""
    facts: tuple[Fact, ...] = ()
    gold: tuple[str, ...] = ()
    """The documents that answer."""


class Remembering:
    """An embedder that keeps what it embedded, in memory and in a file, so that fitting again is quick."""

    def __init__(self, inner: Embedder, file: Path) -> None:
        self._inner = inner
        self._file = file
        self._known: dict[tuple[str, str], np.ndarray] = pickle.loads(file.read_bytes()) if file.exists() else {}
        self._fresh = 0
        self.name, self.dimension, self.window = inner.name, inner.dimension, inner.window
        self.count_tokens, self.token_offsets = inner.count_tokens, inner.token_offsets

    def embed_queries(self, texts: Sequence[str]) -> np.ndarray:
        return self._embed("query", texts, self._inner.embed_queries)

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        return self._embed("passage", texts, lambda missing: self._inner.embed_passages(missing, progress))

    def _embed(self, form: str, texts: Sequence[str], embed: Callable[[list[str]], np.ndarray]) -> np.ndarray:
        missing = list(dict.fromkeys(text for text in texts if (form, text) not in self._known))
        if missing:
            self._known |= {(form, text): row for text, row in zip(missing, embed(missing), strict=True)}
            self._fresh += len(missing)
        if self._fresh > 20_000:
            self.save()
        return np.stack([self._known[form, text] for text in texts]) if texts else np.empty((0, self.dimension))

    def save(self) -> None:
        self._file.write_bytes(pickle.dumps(self._known))
        self._fresh = 0


class Without:
    """A search that doesn't find some documents."""

    def __init__(self, search: Searcher, documents: Sequence[str]) -> None:
        self._search = search
        self._documents = frozenset(documents)
        self.analyser, self.embedder, self.rarity = search.analyser, search.embedder, search.rarity
        self.wording = search.wording

    def search(self, text: str, *, k: int, as_of: date | None, reader: Reader) -> list[Hit]:
        hits = self._search.search(text, k=k + 60, as_of=as_of, reader=reader)
        kept = [hit for hit in hits if hit.passage.document_id not in self._documents][:k]
        return [Hit(hit.passage, rank, hit.score, hit.lexical, hit.dense) for rank, hit in enumerate(kept, start=1)]


@dataclass(frozen=True)
class World:
    store: DocumentStore
    search: Searcher

    def observe(
        self,
        name: str,
        language: str,
        kind: str,
        question: str,
        is_right: Callable[[Candidate], bool] = lambda candidate: False,
        gold: Sequence[str] = (),
        without: Sequence[str] = (),
        topic: str = "",
        facts: Sequence[Fact] = (),
    ) -> Observation:
        search = Without(self.search, without) if without else self.search
        found = retrieve(Question(question, DAY, language=language), search)
        some = candidates(found, search, lambda revision: self.store.revision(revision, EVERYBODY))
        return Observation(
            name,
            language,
            kind,
            question,
            found,
            some,
            [kind == "answerable" and is_right(candidate) for candidate in some],
            any(hit.passage.document_id in gold for hit in found.hits),
            topic,
            tuple(facts),
            tuple(gold),
        )


def build(name: str, paths: Sequence[Path], cache: Path, embedder: Embedder) -> World:
    """A store below `cache`, filled where it isn't yet."""
    cache.mkdir(parents=True, exist_ok=True)
    store = DocumentStore(Database(cache / f"{name}.sqlite"))
    analyser = open_analyser("auto")
    add(paths, store=store, analyser=analyser, embedder=embedder, today=DAY)
    index = PassageIndex.open(store, cache / f"{name}-index")
    index.save()
    return World(store, Searcher(store, index, analyser, embedder))


def cases(organisation: str) -> Iterator[Case]:
    """The questions to an organisation, in the order of their file."""
    if organisation == "sample":
        yield from _sample_cases()
        return
    for row in _rows(DATA / organisation / "cases.jsonl"):
        relevant = tuple(row.get("relevant", ()))
        yield Case(
            row.get("topic") or (relevant[0][3:] if relevant else row["id"][3:]),
            row["language"],
            row["kind"],
            row["question"],
            tuple(Fact(tuple(variants)) for variants in row.get("facts", ())),
            relevant,
        )


def _sample_cases() -> Iterator[Case]:
    """The sample's tuning examples that ask for a fact in force, and those that no page answers."""
    facts = {row["id"]: row for row in _rows(SAMPLE / "facts.jsonl")}
    first_off_topic = {"en": "ex-en-197", "ko": "ex-ko-101"}
    for row in _rows(SAMPLE / "examples.jsonl"):
        asked = [facts[name] for name in row["fact_ids"]]
        if any((fact.get("effective_from") or "") > str(DAY) for fact in asked):
            continue
        if not asked:
            off = row["id"] >= first_off_topic[row["language"]]
            yield Case(row["id"][3:], row["language"], "off_topic" if off else "near_topic", row["question"])
            continue
        yield Case(
            asked[0]["topic"],
            row["language"],
            "answerable",
            row["question"],
            tuple(Fact(tuple(fact["value"].split(" / "))) for fact in asked),
            tuple(document for fact in asked for document in fact["documents"]),
        )


def twins(relevant: Sequence[str]) -> list[str]:
    """The pages in both languages."""
    return sorted({f"{language}/{page[3:]}" for page in relevant for language in ("ko", "en")})


def organisation(name: str, side: str, cache: Path, embedder: Embedder) -> Iterator[Observation]:
    """Each question of a side as it is, without the page that answers, and with the other language's pages only."""
    world = build(name, DOCUMENTS[name], cache, embedder)
    pages = [info.id for info in world.store.documents()]
    for case in cases(name):
        if case.side(name) != side:
            continue
        language, kind, question = case.language, case.kind, case.question
        topic = f"{name}/{case.topic}"

        def states_all(candidate: Candidate, case: Case = case) -> bool:
            words = candidate.piece.full_words
            return candidate.hit.passage.document_id in case.relevant and all(states(words, f) for f in case.facts)

        yield world.observe(name, language, kind, question, states_all, case.relevant, topic=topic, facts=case.facts)
        if case.relevant:
            left_out = twins(case.relevant)
            yield world.observe(
                f"{name}, page left out", language, "near_topic", question, without=left_out, topic=topic
            )
        other = [page for page in twins(case.relevant) if not page.startswith(language) and page in pages]
        digits = {n for fact in case.facts for word in fact.variants for n in re.findall(r"\d[\d,.:]*", word)}
        if (other and digits) or not case.relevant:

            def states_digits(candidate: Candidate, digits: set[str] = digits, other: list[str] = other) -> bool:
                words = candidate.piece.full_words
                return candidate.hit.passage.document_id in other and any(number in words for number in digits)

            yield world.observe(
                f"{name}, other language",
                language,
                kind,
                question,
                states_digits,
                other,
                [page for page in pages if page.startswith(language)],
                topic,
                (Fact(tuple(digits)),) if digits else (),
            )


def korquad(data: Path, cache: Path, embedder: Embedder, count: int = 250) -> Iterator[Observation]:
    """Korean encyclopedia passages: with and without the gold passage, and asked of the campus."""
    documents = _documents(data / "korquad1_dev" / "passages.jsonl", cache / "korquad.jsonl", "title", "text")
    world = build("korquad", [documents], cache, embedder)
    elsewhere = build("campus", DOCUMENTS["campus"], cache, embedder)
    rows = list(_rows(data / "korquad1_dev" / "questions.jsonl"))
    random.Random(1).shuffle(rows)
    for number, row in enumerate(rows[: 2 * count + count // 4]):
        gold = [str(row["passage_id"])]

        def has_answer(candidate: Candidate, row: Mapping[str, Any] = row, gold: list[str] = gold) -> bool:
            inside = candidate.hit.passage.document_id in gold
            return inside and any(answer["text"] in candidate.piece.words for answer in row["answers"])

        if number < count:
            facts = (Fact(tuple(answer["text"] for answer in row["answers"])),)
            yield world.observe("korquad", "ko", "answerable", row["question"], has_answer, gold, facts=facts)
        elif number < 2 * count:
            yield world.observe("korquad", "ko", "near_topic", row["question"], without=gold)
        else:
            yield elsewhere.observe("korquad", "ko", "off_topic", row["question"])


def hr_faq(data: Path, cache: Path, embedder: Embedder) -> Iterator[Observation]:
    """Human questions on real handbooks, with and without the gold passage. No sentence is marked as right."""
    documents = _documents(data / "hr_faq_en" / "passages.jsonl", cache / "hr_faq.jsonl", "page_title", "text")
    world = build("hr_faq", [documents], cache, embedder)
    for row in list(_rows(data / "hr_faq_en" / "questions.jsonl"))[::2]:
        gold = [str(row["gold_passage"])]
        yield world.observe("hr_faq", "en", "answerable", row["question"], gold=gold)
        yield world.observe("hr_faq", "en", "near_topic", row["question"], without=gold)
    for case in cases("campus"):
        if case.language == "en" and case.kind == "off_topic":
            yield world.observe("hr_faq", "en", "off_topic", case.question)


def observe_invented(cache: Path) -> Iterator[Observation]:
    """What the numbers are fitted on: the organisations' questions of the fitting side."""
    cache.mkdir(parents=True, exist_ok=True)
    embedder = Remembering(open_embedder("bundled:e5"), cache / "embedded.pickle")
    for name in DOCUMENTS:
        yield from organisation(name, "fit", cache, embedder)
        embedder.save()


def observe_open(data: Path, cache: Path) -> Iterator[Observation]:
    """Open data, on which nothing is fitted; what isn't there is skipped."""
    embedder = Remembering(open_embedder("bundled:e5"), cache / "embedded-open.pickle")
    for name, source in (("korquad1_dev", korquad), ("hr_faq_en", hr_faq)):
        if (data / name).is_dir():
            yield from source(data, cache, embedder)
            embedder.save()
        else:
            print(f"{name}: not there, skipped")


def _documents(source: Path, target: Path, title: str, text: str) -> Path:
    """Open data as a file that `groundtune add` takes."""
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w", encoding="utf-8") as file:
            for row in _rows(source):
                heading = row.get("heading") or ""
                body = f"## {heading}\n\n{row[text]}" if heading and not row.get("heading_was_question") else row[text]
                document = {"id": str(row["id"]), "title": row[title], "text": body}
                file.write(json.dumps(document, ensure_ascii=False) + "\n")
    return target


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
