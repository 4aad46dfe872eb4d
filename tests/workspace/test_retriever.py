"""A retriever tuned on a workspace's own questions: measured on what it has not seen, switched to by a person."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from groundtune.cli import main
from groundtune.comparison.tasks import Task, read_task
from groundtune.errors import BadData, BadInput, Stopped, UsageError
from groundtune.settings import load_settings
from groundtune.storage.beside import Beside
from groundtune.types import Passage
from groundtune.workspace import Workspace
from groundtune.workspace.retriever import prepare_retriever, tune_retriever_task
from groundtune.workspace.retriever_lessons import heading_of
from groundtune.workspace.switching import Switch, discard_unfinished
from tests.tuning.tiny_bert import COMMON, WORDS, write_encoder

ALL = [word for words in WORDS.values() for word in words]
ASKED = dict(zip(ALL[9:], ALL[:9], strict=True))
"""A word of the documents → the word that people use for it: no two texts share one."""
DOCUMENTS = 60


def made(folder: Path) -> Workspace:
    """Documents of three words each, found by the hashes of words that no question has."""
    Workspace.create(folder / "ws")
    (folder / "ws" / "groundtune.toml").write_text('embedder = "fake:hash"\nanalyser = "bigram"\n', "utf-8")
    workspace = Workspace(load_settings(folder / "ws"))
    numbers = np.random.default_rng(3)
    chosen = [list(combinations(ASKED, 3))[i] for i in numbers.permutation(84)[:DOCUMENTS]]
    rows, pairs = [], []
    for i, words in enumerate(chosen):
        text = " ".join(numbers.permutation([*words, *words, *numbers.choice(COMMON, 4)]))
        rows.append({"id": f"d{i}", "title": f"Page {i}", "text": text})
        asked = " ".join(numbers.permutation([*(ASKED[word] for word in words), *numbers.choice(COMMON, 2)]))
        pairs.append({"id": f"q{i}", "question": asked, "relevant": [f"d{i}"]})
    write(folder / "documents.jsonl", rows)
    write(folder / "pairs.jsonl", pairs)
    workspace.add([folder / "documents.jsonl"])
    write_encoder(folder / "encoder")
    return workspace


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def task(folder: Path, more: str = "", epochs: int = 40) -> Task:
    path = folder / "finder.toml"
    path.write_text(
        f'name = "finder"\nkind = "retrieve"\n[data]\npairs = "pairs.jsonl"\n[tuning]\n'
        f'base_model = "hf:{folder}/encoder"\n'
        f"batch_size = 12\nmined = 10\nheading_share = 0.0\ntemperature = 0.05\n{more}\n"
        f"[tuning.loop]\nepochs = {epochs}\nlearning_rate = 4e-3\nthreads = 1\nbf16 = false\npatience = 40\n"
    )
    return read_task(path)


def changed(found: Task, **tuning: Any) -> Task:
    return replace(found, tuning={**found.tuning, **tuning})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("retriever")


@pytest.fixture(scope="module")
def workspace(folder: Path) -> Workspace:
    return made(folder)


def test_it_learns_to_find_documents_that_it_has_not_seen_and_changes_nothing(
    workspace: Workspace, folder: Path
) -> None:
    before = workspace.store.format()
    version, new = tune_retriever_task(workspace, task(folder))
    assert new
    for side in ("unseen_questions", "unseen_documents"):
        gain = version.metrics[f"recall_gain_{side}"]
        assert gain.low is not None
        assert gain.low > 0, f"{side}: {gain}"
    assert version.metrics["validation_mrr"].value > version.metrics["validation_mrr_before"].value
    assert version.kind == "retrieve"
    assert not workspace.promote_first(version, who="me"), "using it is a person's decision"
    assert workspace.store.format() == before
    again, new = tune_retriever_task(workspace, task(folder))
    assert (again.version, new) == (version.version, False)


def test_the_switch_takes_the_vectors_that_it_was_measured_with_and_promotes_it(
    workspace: Workspace, folder: Path
) -> None:
    version, _ = tune_retriever_task(workspace, task(folder))
    switch = Switch(workspace, embedder="finder")
    assert switch.embedder_name == str(version), "pinned: a later promotion changes nothing"
    embedded: list[str] = []
    switch.embedder.embed_passages = lambda texts, progress=None: embedded.extend(texts)  # type: ignore[method-assign,assignment,func-returns-value]
    switch.build()
    assert not embedded
    Switch(workspace, embedder="finder").make(who="me", why="it finds more")
    assert workspace.registry.champion("finder") == version.version
    other = Workspace(load_settings(workspace.settings.root))
    pair = json.loads((folder / "pairs.jsonl").read_text().splitlines()[0])
    found = [hit.passage.document_id for hit in other.searcher.search(pair["question"], k=5, legs="dense")]
    assert pair["relevant"][0] in found
    split = json.loads((version.folder / "split.json").read_text())
    later = prepare_retriever(workspace, replace(task(folder), seed=5))
    tested = {case.id for case in later.cases_of(later.sides.tested)}
    assert tested
    assert tested.isdisjoint((*split["train"], *split["validation"])), "the one in use knows these"
    back = Switch(workspace, embedder="fake:hash")
    back.build()
    back.make()


def test_the_command_tells_what_was_gained_and_what_to_do_next(
    workspace: Workspace, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDTUNE_LANG", "en")
    task(folder)
    where = ["--workspace", str(workspace.settings.root)]
    main(["tune", str(folder / "finder.toml"), "--json", *where])
    told = json.loads(capsys.readouterr().out)
    assert (told["new"], told["promoted"]) == (False, False)
    assert told["metrics"]["recall_gain_unseen_documents"]["low"] > 0
    main(["tune", str(folder / "finder.toml"), *where])
    said = capsys.readouterr().out
    assert "… on unseen documents" in said
    assert "groundtune reindex --embedder finder@" in said
    with pytest.raises(SystemExit) as ended:
        main(["compare", str(folder / "finder.toml"), *where])
    assert ended.value.code == 2
    assert "retrieve task" in capsys.readouterr().err


def test_nothing_of_a_held_out_document_is_learnt(workspace: Workspace, folder: Path) -> None:
    ready = prepare_retriever(workspace, changed(task(folder), heading_share=0.5))
    assert ready.sides.held_out
    learnt = {passage.document for passage in ready.data.passages.values()}
    assert learnt
    assert learnt.isdisjoint(ready.sides.held_out)
    assert ready.data.headings


def test_negatives_are_what_search_finds_and_nobody_called_an_answer(workspace: Workspace, folder: Path) -> None:
    ready = prepare_retriever(workspace, task(folder))
    for lesson in ready.data.train:
        documents = {ready.data.passages[key].document for key in lesson.negatives}
        assert documents
        assert documents.isdisjoint(lesson.documents)


def test_what_training_may_not_read_is_not_in_it(tmp_path: Path) -> None:
    workspace = made(tmp_path)
    secret = workspace.store.documents()[0].id
    workspace.store.set_readers(secret, frozenset({"board"}))
    ready = prepare_retriever(workspace, task(tmp_path))
    assert ready.found.unknown == (f"q{secret[1:]}",)
    assert secret not in {passage.document for passage in ready.data.passages.values()}
    allowed = prepare_retriever(workspace, task(tmp_path, 'groups = ["board"]'))
    assert allowed.found.unknown == ()


@pytest.mark.slow
def test_a_run_stopped_in_training_and_in_indexing_goes_on_to_the_same_embedder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("groundtune.knowledge.reindex.BATCH_PASSAGES", 16)

    class StopsAt:
        def __init__(self, step: int) -> None:
            self.event, self._left = threading.Event(), step

        def start(self, what: str, total: int) -> None: ...

        def advance(self, steps: int = 1, note: str = "") -> None:
            self._left -= steps
            if self._left <= 0:
                self.event.set()

        def finish(self) -> None: ...

    first, second = tmp_path / "a", tmp_path / "b"
    whole, _ = tune_retriever_task(made(first), task(first, epochs=3))
    workspace = made(second)
    for step in (40, 43, 50):  # 36 questions are mined, 9 steps trained, 60 documents indexed
        progress = StopsAt(step)
        with pytest.raises(Stopped, match="same command"):
            tune_retriever_task(workspace, task(second, epochs=3), progress=progress, stop=progress.event)
    room = Beside(workspace.database).room()
    assert 0 < room.passages < DOCUMENTS
    version, _ = tune_retriever_task(workspace, task(second, epochs=3))
    graphs = [{file.path: file.sha256 for file in each.details}["embedder.onnx"] for each in (whole, version)]
    assert graphs[0] == graphs[1]


def test_an_embedder_that_finds_no_more_leaves_no_index_behind(tmp_path: Path) -> None:
    workspace = made(tmp_path)
    found = task(tmp_path, epochs=1)
    version, _ = tune_retriever_task(workspace, changed(found, loop={**found.tuning["loop"], "learning_rate": 1e-9}))
    gain = version.metrics["mrr_gain_held_out"]
    assert gain.low is not None
    assert gain.low <= 0
    assert discard_unfinished(workspace) is None
    assert "nothing was promoted" in (version.folder / "card.md").read_text("utf-8")


def test_too_few_pairs_and_wrong_recipes_are_named(tmp_path: Path) -> None:
    workspace = made(tmp_path)
    with pytest.raises(BadInput, match="dropouts"):
        prepare_retriever(workspace, task(tmp_path, "dropouts = 1"))
    write(tmp_path / "pairs.jsonl", [{"question": "who?", "relevant": ["d1"]}])
    with pytest.raises(BadData, match="Too few"):
        prepare_retriever(workspace, task(tmp_path))
    with pytest.raises(UsageError, match="retrieve task"):
        task(tmp_path).comparable_kind()


@pytest.mark.parametrize(
    ("heading", "asked"),
    [
        ("제60조(연차 유급휴가)", "연차 유급휴가"),
        ("제43조의2 (체불사업주)", "체불사업주"),
        ("3.2 Parental leave", "Parental leave"),
        ("IV. Travel", "Travel"),
        ("가. 적용 범위", "적용 범위"),
        ("Insurance", "Insurance"),
        ("30 days of notice", "30 days of notice"),
        ("401k plan", "401k plan"),
    ],
)
def test_a_heading_asks_without_its_number_and_with_all_its_words(heading: str, asked: str) -> None:
    passage = Passage(1, "d", 1, 0, "text", 0, 4, ("Chapter", heading), "Title", 1, None, None)
    assert heading_of(passage) == asked
