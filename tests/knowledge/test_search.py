"""Search finds by words and by meaning, under the reader's rights and on the day asked about."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from groundtune.knowledge.add import add
from groundtune.knowledge.analyse import open_analyser
from groundtune.knowledge.index import PassageIndex
from groundtune.knowledge.search import Searcher
from groundtune.models.fakes import HashEmbedder
from groundtune.storage.database import Database
from groundtune.storage.documents import DocumentStore
from groundtune.types import Reader


class World:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = DocumentStore(Database(folder / "store.sqlite"))
        self.analyser, self.embedder = open_analyser("bigram"), HashEmbedder(256)
        self.searcher = Searcher(
            self.store, PassageIndex.open(self.store, folder / "index"), self.analyser, self.embedder
        )

    def add(self, *rows: dict[str, object]) -> None:
        path = self.folder / "rows.jsonl"
        path.write_text("\n".join(json.dumps(row) for row in rows))
        report = add([path], store=self.store, analyser=self.analyser, embedder=self.embedder)
        assert not report.refused

    def find(self, question: str, **options) -> list[str]:
        return [hit.passage.document_id for hit in self.searcher.search(question, **options)]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


OTHERS = [{"id": f"other{i}", "title": f"Other {i}", "text": f"Nothing to see in number {i}."} for i in range(20)]


def test_both_legs_find_and_every_hit_says_how(world: World) -> None:
    world.add({"id": "leave", "title": "Leave", "text": "Annual leave is fifteen days."}, *OTHERS)
    for legs in ("hybrid", "lexical", "dense"):
        hit = world.searcher.search("How many days of annual leave?", k=3, legs=legs)[0]
        assert hit.passage.document_id == "leave"
        assert hit.rank == 1
        assert (hit.lexical is None) == (legs == "dense")
        assert (hit.dense is None) == (legs == "lexical")


def test_a_deleted_document_is_not_found(world: World) -> None:
    world.add({"id": "leave", "text": "Annual leave is fifteen days."}, *OTHERS)
    world.store.delete("leave")
    assert "leave" not in world.find("annual leave", k=30)


def test_a_question_is_answered_by_the_state_in_force_on_its_day(world: World) -> None:
    states = [("2020-01-01", "Annual leave is ten days."), ("2030-01-01", "Annual leave is twenty days.")]
    world.add(*({"id": "leave", "text": text, "effective_from": day} for day, text in states))
    texts = {
        year: [hit.passage.text for hit in world.searcher.search("annual leave", as_of=date(year, 6, 1))]
        for year in (2010, 2025, 2031)
    }
    assert texts == {2010: [], 2025: ["Annual leave is ten days."], 2031: ["Annual leave is twenty days."]}


def test_without_a_day_today_is_meant_and_none_means_any_day(world: World) -> None:
    world.add({"id": "leave", "text": "Annual leave.", "effective_from": "2999-01-01"})
    assert world.find("annual leave") == []
    assert world.find("annual leave", as_of=None) == ["leave"]


def test_a_reader_finds_only_what_he_may_read(world: World) -> None:
    world.add({"id": "pay", "text": "Pay bands of managers.", "readers": ["hr"]}, *OTHERS)
    assert "pay" not in world.find("pay bands", k=30)
    assert world.find("pay bands", reader=Reader(frozenset({"hr"})))[0] == "pay"


def test_a_document_that_others_name_comes_first_among_equals(world: World) -> None:
    def rule(name: str) -> dict[str, object]:
        return {"id": name, "title": name, "text": "해고는 서면으로 알린다."}

    citing = [{"id": f"c{i}", "title": f"예규 {i}", "text": f"「기본규칙」 제{i}조를 따른다."} for i in range(8)]
    world.add(rule("특별규칙"), rule("기본규칙"), *citing)
    assert world.find("해고를 서면으로 알리나요?")[0] == "기본규칙"


def test_an_article_that_is_asked_for_by_name_comes_first(world: World) -> None:
    articles = [f"제{n}조(휴가)\n\n제6조에 따라 휴가를 준다." for n in range(1, 10)]
    law = "\n\n".join([*articles, "제6조의2(기타)\n\n그 밖의 일을 정한다."])
    world.add({"id": "a", "title": "근로규칙", "text": law}, {"id": "b", "title": "근로규칙 시행령", "text": law})
    for question, document, path in (
        ("근로규칙 제6조", "a", "제6조(휴가)"),
        ("「근로 규칙」 제6조의2에서 휴가는?", "a", "제6조의2(기타)"),
        ("근로규칙 시행령 제6조 휴가", "b", "제6조(휴가)"),
    ):
        hit = world.searcher.search(question)[0]
        assert (hit.passage.document_id, hit.passage.heading_path) == (document, (path,))


def test_the_continuation_of_a_section_comes_after_other_sections(world: World) -> None:
    long = "## Leave\n\n" + "\n\n".join("Annual leave is granted as annual leave. " * 20 for _ in range(4))
    world.add({"id": "long", "title": "Rules", "text": long}, {"id": "short", "title": "S", "text": "Annual leave."})
    assert world.find("annual leave") == ["long", "short", "long"]


def test_the_weight_that_settings_name_is_used_for_every_language(world: World) -> None:
    assert (
        Searcher(world.store, world.searcher._index, world.analyser, world.embedder, 0.9).lexical_weight("휴가") == 0.9
    )


def test_nothing_asked_nothing_found(world: World) -> None:
    world.add({"id": "leave", "text": "Annual leave."})
    assert world.find("  ") == []
    assert world.find("leave", k=0) == []


def test_an_empty_workspace_finds_nothing(world: World) -> None:
    assert world.find("annual leave") == []
