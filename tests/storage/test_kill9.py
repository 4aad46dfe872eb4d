"""A writer that is killed at any moment harms nothing. The script in benchmarks/ does the same 500 times."""

import importlib.util
import os
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest

from groundtune.knowledge.index import PassageIndex

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the writer is forked")


@pytest.fixture(scope="module")
def kill9() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "kill9.py"
    specification = importlib.util.spec_from_file_location("kill9", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["kill9"] = module
    specification.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_sixty_kills_lose_nothing_and_leave_nothing_half_or_stale(kill9: ModuleType, tmp_path: Path) -> None:
    counts = kill9.run(60, tmp_path, seed=2026, longest_seconds=0.15)
    print(counts)
    assert counts.kills == 60
    assert counts.acknowledged > 60, "the writers were at work"
    assert counts.damage == 0, counts


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        ("DELETE FROM passages WHERE id = (SELECT max(id) FROM passages)", "half"),
        ("UPDATE passages SET vector = zeroblob(64) WHERE id = 1", "half"),
        ("UPDATE revisions SET text = text || '.'", "half"),
        ("DELETE FROM documents", "lost"),
        ("UPDATE documents SET readers = '[\"south\"]'", "lost"),
    ],
)
def test_the_check_after_a_kill_sees_damage(kill9: ModuleType, tmp_path: Path, harm: str, found: str) -> None:
    database, store = kill9.open_store(tmp_path)
    document, passages = kill9.content("d1", 7, None)
    store.put(document, passages, content_hash="7", today=kill9.DAY)
    model = kill9.Model({"d1": kill9.State((7,), None)})
    counts = kill9.Counts()
    kill9.check(tmp_path, model, None, counts, random.Random(0))
    assert counts.damage == 0
    with database.transaction() as connection:
        connection.execute(harm)
    kill9.check(tmp_path, model, None, counts, random.Random(0))
    assert getattr(counts, found) == 1


def test_the_check_after_a_kill_sees_a_stale_index(kill9: ModuleType, tmp_path: Path) -> None:
    database, store = kill9.open_store(tmp_path)
    document, passages = kill9.content("d1", 7, None)
    store.put(document, passages, content_hash="7", today=kill9.DAY)
    PassageIndex.open(store, tmp_path / "index").save()
    with database.transaction() as connection:
        connection.execute("DELETE FROM documents")
    counts = kill9.Counts()
    kill9.check(tmp_path, kill9.Model(), None, counts, random.Random(0))
    assert counts.stale > 0
