"""An erasure that is killed before any change that it makes is finished by the same command, and nothing is left."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from groundtune.storage.erasures import Erasures
from groundtune.storage.soundness import soundness
from groundtune.workspace import Workspace
from groundtune.workspace.erasing import erase, unfinished
from groundtune.workspace.erasing_look import look
from tests.storage.test_killed_at_every_step import killed_before
from tests.workspace.test_erasing import NAME, PAGES, REQUEST, bytes_left

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the process that is killed is forked")

_CHANGES = ("INSERT", "UPDATE", "DELETE", "COMMIT", "VACUUM", "PRAGMA wal")
_FILES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree", "open")


def made(parent: Path) -> Path:
    """A workspace that names the person in documents, an answer, a report and a file of rows."""
    root = parent / "ws"
    Workspace.create(root)
    (root / "groundtune.toml").write_text('embedder = "fake:hash"\nanalyser = "bigram"\n', "utf-8")
    pages = root / "handbook"
    pages.mkdir()
    for name in ("contact.md", "홍길동.md", "parking.md"):
        (pages / name).write_text(PAGES[name], "utf-8")
    workspace = Workspace.open(root)
    workspace.add([pages])
    workspace.results.add_finding("policy", "comparison", {"text": f"Ask {NAME}."})
    (root / "reports" / "policy.html").write_text(f"<p>{NAME}</p>", "utf-8")
    (root / "rows.jsonl").write_text(f'{{"text": "{NAME}", "label": "a"}}\n', "utf-8")
    workspace.database.close()
    return root


def erase_all(root: Path) -> bool:
    workspace = Workspace.open(root)
    certificate = erase(workspace, REQUEST, look(workspace, REQUEST))
    workspace.database.close()
    return certificate.whole


def work_on(root: Path) -> Callable[[Callable[[], None]], None]:
    def work(count: Callable[[], None]) -> None:
        workspace = Workspace.open(root)
        found = look(workspace, REQUEST)
        workspace.database.connection.set_trace_callback(lambda s: count() if s.lstrip().startswith(_CHANGES) else None)

        def on_files(event: str, arguments: tuple[object, ...]) -> None:
            if event in _FILES and str(root) in str(arguments[0]) and (event != "open" or "r" not in str(arguments[1])):
                count()

        sys.addaudithook(on_files)
        assert erase(workspace, REQUEST, found).whole

    return work


@pytest.mark.slow
def test_an_erasure_killed_before_any_change_is_finished_by_the_same_command(tmp_path: Path) -> None:
    whole = made(tmp_path)
    kills = 0
    for step in range(1, 400, 2):
        root = tmp_path / f"killed{step}" / "ws"
        shutil.copytree(whole, root)
        killed = killed_before(step, work_on(root))
        if not killed:
            break
        kills += 1
        assert erase_all(root), f"killed before change {step}"
        assert bytes_left(root) == [], f"killed before change {step}"
        workspace = Workspace.open(root)
        assert soundness(workspace.database).sound
        assert not unfinished(workspace, REQUEST)
        assert [info.id for info in workspace.store.documents()] == ["contact.md", "parking.md"]
        assert all(erasure.work == {} for erasure in Erasures(workspace.database).all() if erasure.finished_at)
        workspace.database.close()
        shutil.rmtree(root.parent)
    print(f"killed before {kills} changes; bytes left: 0")
    assert kills > 25


def test_an_interrupted_erasure_is_known_by_the_same_command_alone(tmp_path: Path) -> None:
    root = made(tmp_path)
    assert killed_before(12, work_on(root))
    workspace = Workspace.open(root)
    assert unfinished(workspace, REQUEST)
    assert len(workspace.store.erasures.unfinished_ones()) == 1, "doctor tells of it"
    assert not unfinished(workspace, type(REQUEST)(type(REQUEST.person)(("임꺽정",))))
    workspace.database.close()
    assert erase_all(root)
    assert not unfinished(Workspace.open(root), REQUEST)
