"""A small invented world for the tests of answering: a few pages in a real store, found by a real search."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from groundtune.answering.answer import Answerer
from groundtune.answering.verify import SupportScorer
from groundtune.knowledge.analyse import open_analyser
from groundtune.knowledge.index import PassageIndex
from groundtune.knowledge.prepare import index_format, passages_of, prepare
from groundtune.knowledge.search import Searcher
from groundtune.models import open_embedder
from groundtune.models.protocols import ChatModel, Embedder
from groundtune.storage.database import Database
from groundtune.storage.documents import DocumentStore
from groundtune.types import Answer, Document, Question, Reader

TODAY = date(2026, 11, 22)
_EMBEDDERS: dict[str, Embedder] = {}


def embedder() -> Embedder:
    """The bundled one, opened once for all tests."""
    return _EMBEDDERS.setdefault("e5", open_embedder("bundled:e5"))


class World:
    """Documents that can be added to and asked."""

    def __init__(self, folder: Path, documents: Sequence[Document]) -> None:
        self.analyser = open_analyser("bigram")
        self.store = DocumentStore(Database(folder / "world.sqlite"))
        self.store.set_format(index_format(self.analyser, embedder()))
        for document in documents:
            self.add(document)
        index = PassageIndex.open(self.store, folder / "index")
        self.searcher = Searcher(self.store, index, self.analyser, embedder())

    def add(self, document: Document) -> None:
        passages = passages_of([prepare(document, embedder())], self.analyser, embedder())[0]
        number = len(self.store.revisions(document.id))
        self.store.put(document, passages, content_hash=f"{document.id}-{number}", today=TODAY)

    def answerer(
        self,
        chat: ChatModel | None = None,
        binding_notice: dict[str, str] | None = None,
        scorer: SupportScorer | None = None,
    ) -> Answerer:
        return Answerer(
            self.searcher, self.store, chat, binding_notice=binding_notice, scorer=scorer, today=lambda: TODAY
        )

    def ask(
        self, question: str, as_of: date = TODAY, groups: Sequence[str] = (), chat: ChatModel | None = None
    ) -> Answer:
        return self.answerer(chat).answer(Question(question, as_of, Reader(frozenset(groups))))


def page(
    id: str,
    text: str,
    *,
    title: str | None = None,
    language: str = "en",
    since: date | None = None,
    until: date | None = None,
    readers: Sequence[str] | None = None,
) -> Document:
    return Document(
        id=id,
        title=title or id,
        text=text,
        source=f"{id}.md",
        language=language,
        effective_from=since,
        effective_to=until,
        readers=None if readers is None else frozenset(readers),
    )


LIBRARY = page(
    "library",
    """# Library

## Opening hours

The library is open on weekdays from 8:30 to 22:30. On Sundays it stays closed.

## Borrowing

| Reader | Books | Loan period |
|---|---|---|
| Undergraduate | 8 | 14 days |
| Graduate student | 25 | 35 days |

A lost book must be replaced. However, theses cannot be borrowed at all.

## Joining

To join, bring:

- a photo
- your student card
""",
    title="Library",
)
PARKING = page(
    "parking",
    """# Parking

A monthly permit costs 35,000 won for staff. Visitors park free for 30 minutes.

Appeals against a fine go to the transport team within 7 days.
""",
    title="Parking",
)
POOL_KO = page(
    "pool",
    """# 수영장 이용

## 시간

수영장은 6시부터 21시까지 엽니다. 매월 셋째 수요일에는 수질 점검으로 닫습니다.

## 요금

제3조(요금) ① 회원권은 한 달에 24,000원이다. ② 사물함은 한 학기에 6,000원이다. 다만, 장애인은 무료로 한다.
""",
    title="수영장 이용",
    language="ko",
)
