"""A deleted document is gone to the byte: from the database, the index, and whatever was measured on it."""

from __future__ import annotations

import html
import json
import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from groundtune.knowledge import persisted
from groundtune.storage.results import Measured
from groundtune.types import Evidence, Output, Question
from groundtune.workspace import Workspace
from tests.workspace.small import workspace as small

SECRET = "The vault behind the library opens with 4711 & a key."
SENTENCE = "금고 열쇠는 관리실 서랍에 있습니다"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    pages = {
        "vault": f"{SECRET}\n\n{SENTENCE}.",
        "gym": "The gym opens at 06:30 on weekdays.",
        "parking": "A monthly parking permit costs 35,000 won for staff.",
    }
    return small(tmp_path, pages=pages)


def forms(text: str) -> Iterator[bytes]:
    for form in (text, unicodedata.normalize("NFD", text), html.escape(text), json.dumps(text)[1:-1]):
        yield form.encode()
        yield form.encode("utf-16-le")


def left(root: Path, sought: list[bytes]) -> list[str]:
    files = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    return [f"{path}: {form[:40]!r}" for path, data in files.items() for form in sought if form in data]


def evidence(workspace: Workspace, document_id: str, quote: str) -> Evidence:
    (revision,) = workspace.store.revisions(document_id)
    start = revision.text.index(quote)
    return Evidence(
        document_id, revision.title, revision.id, 1, None, None, 1, ("Vault",), quote, start, start + len(quote)
    )  # fmt: skip


def test_no_byte_of_a_deleted_document_is_left_in_the_workspace(workspace: Workspace) -> None:
    root = workspace.settings.root
    workspace.index.save()
    for text in ("With what does the vault open?", "금고 열쇠는 어디에 있나요?", "When does the gym open?"):
        workspace.answers.keep(workspace.answers.ask(Question(text, date.today())))
    rows = list(workspace.store.rows("vault"))
    vectors = [row.vector.tobytes() for row in rows if row.vector is not None]
    terms = ["\n".join(row.tokens[-8:]).encode() for row in rows]
    sought = [*forms(SECRET), *forms(SENTENCE), *vectors, *terms, b"vault", b"_\xea\xb8\x88\xea\xb3\xa0"]
    assert left(root, sought), "there was something to find"
    workspace.delete(["vault"])
    sought.remove(b"vault")  # the question that was kept asks for it
    assert left(root, sought) == []
    assert any("vault" in str(kept.question) for kept in workspace.answers.store.all())
    assert workspace.searcher.search("When does the gym open?")[0].passage.document_id == "gym"


def test_outcomes_findings_and_reports_lose_what_they_quote_of_it(workspace: Workspace) -> None:
    results, reports = workspace.results, workspace.settings.reports
    for number, (name, quote) in enumerate((("vault", SECRET), ("gym", "The gym opens at 06:30 on weekdays."))):
        output = Output(quote, evidence=(evidence(workspace, name, quote),))
        results.put("policy", str(number), "arm", "rag", name, Measured(output, 1.0))
    case = {
        "outcomes": {
            "a": {"text": SECRET, "quotes": [{"title": "Vault", "heading": "", "quote": SECRET, "revision": 1}]},
            "b": {"text": "06:30", "quotes": [{"title": "Gym", "heading": "", "quote": "06:30", "revision": 1}]},
        }
    }
    results.add_finding("policy", "comparison", {"cases": [case], "figure": 0.7})
    (reports / "vault.html").write_text(f"<p>{html.escape(SECRET)}</p>", "utf-8")
    (reports / "vault.json").write_text(json.dumps(case), "utf-8")
    (reports / "gym.html").write_text("<p>06:30</p>", "utf-8")
    assert left(workspace.settings.root, [*forms(SECRET)])
    workspace.delete(["vault"])
    assert left(workspace.settings.root, [*forms(SECRET)]) == []
    finding = results.latest_finding("policy", "comparison")
    assert finding is not None
    assert finding["figure"] == 0.7
    assert finding["cases"][0]["outcomes"]["b"] == case["outcomes"]["b"]
    assert set(results.measured("policy", "arm", ["0", "1"])) == {"1"}
    assert [path.name for path in reports.iterdir()] == ["gym.html"]


def test_a_pruned_document_is_quoted_nowhere(workspace: Workspace, tmp_path: Path) -> None:
    output = Output(SECRET, evidence=(evidence(workspace, "vault", SECRET),))
    workspace.results.put("policy", "1", "arm", "rag", "vault", Measured(output, 1.0))
    pages = tmp_path / "pages"
    (pages / "vault.md").unlink()
    assert workspace.add([pages], prune=True).removed == ["vault"]
    assert left(workspace.settings.root, [*forms(SECRET)]) == []


def test_what_a_killed_process_left_of_an_index_goes_with_the_next_deletion(workspace: Workspace) -> None:
    folder = workspace.settings.derived / "index"
    workspace.index.save()
    (before,) = [path for path in folder.iterdir() if path.is_dir()]
    torn = folder / "7-deadbeef"
    torn.mkdir()
    np.save(torn / "vectors.npy", np.load(before / "vectors.npy"))
    workspace.delete(["vault"])
    assert not torn.exists()
    assert persisted.load(folder, workspace.store.format()) is not None


def test_what_a_killed_replay_left_goes_with_the_next_deletion(workspace: Workspace) -> None:
    copy = workspace.settings.derived / "replay"
    copy.mkdir(parents=True)
    (copy / "then.sqlite").write_text(SECRET, "utf-8")
    workspace.delete(["vault"])
    assert not copy.exists()


def test_a_folder_that_another_process_is_saving_into_is_left_alone(workspace: Workspace) -> None:
    from groundtune.storage import locks

    folder = workspace.settings.derived / "index"
    workspace.index.save()
    busy = folder / "7-deadbeef"
    busy.mkdir()
    handle = locks.lock(busy)
    assert handle is not None
    workspace.delete(["vault"])
    assert busy.exists()
    locks.release(busy, handle)
