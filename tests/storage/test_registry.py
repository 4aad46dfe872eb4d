"""Versions are written whole, promotions are remembered, and a rollback goes back."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from groundtune.errors import StoreError, UnknownName, UsageError
from groundtune.storage.database import Database
from groundtune.storage.registry import Metric, ModelVersion, NewModel, Registry


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(Database(tmp_path / "db.sqlite"), tmp_path / "models")


def made(
    registry: Registry, tmp_path: Path, *, name: str = "postings", text: str = "weights", unfit: str | None = None
) -> ModelVersion:
    staged = tmp_path / "staged"
    (staged / "sub").mkdir(parents=True)
    (staged / "model.onnx").write_text(text)
    (staged / "sub" / "card.md").write_text("card")
    new = NewModel(
        name, "classify", "bundled:e5", "data", "split", {"lr": 1e-4}, 7,
        {"macro_f1": Metric(0.6, 0.5, 0.7)}, {"torch": "2"}, unfit,
    )  # fmt: skip
    return registry.register(new, staged)


def test_a_version_comes_back_as_it_was_registered(registry: Registry, tmp_path: Path) -> None:
    made(registry, tmp_path)
    model = registry.get("postings", 1)
    assert (model.metrics["macro_f1"], model.recipe, model.seed) == (Metric(0.6, 0.5, 0.7), {"lr": 1e-4}, 7)
    assert model.files == ("model.onnx", "sub/card.md")
    assert (model.folder / "model.onnx").read_text() == "weights"


def test_versions_count_up_and_remember_the_champion_they_were_to_replace(registry: Registry, tmp_path: Path) -> None:
    made(registry, tmp_path)
    registry.promote("postings", 1, who="kim", why="first")
    second = made(registry, tmp_path)
    assert (second.version, second.parent) == (2, 1)


def test_without_a_version_the_champion_is_meant_and_without_a_champion_the_newest(
    registry: Registry, tmp_path: Path
) -> None:
    made(registry, tmp_path)
    made(registry, tmp_path)
    assert registry.get("postings").version == 2
    registry.promote("postings", 1, who="kim", why="smaller")
    assert registry.get("postings").version == 1
    assert registry.get("postings", "champion").version == 1


def test_rollback_goes_back_step_by_step_and_the_log_keeps_who_and_why(registry: Registry, tmp_path: Path) -> None:
    for version in (1, 2, 3):
        made(registry, tmp_path)
        registry.promote("postings", version, who="kim", why=f"reason {version}")
    assert registry.rollback("postings", who="lee", why="complaints").version == 2
    assert registry.rollback("postings", who="lee", why="still").version == 1
    with pytest.raises(UsageError):
        registry.rollback("postings", who="lee", why="again")
    log = registry.promotions("postings")
    assert [(p.kind, p.previous, p.version, p.who) for p in log] == [
        ("promote", None, 1, "kim"),
        ("promote", 1, 2, "kim"),
        ("promote", 2, 3, "kim"),
        ("rollback", 3, 2, "lee"),
        ("rollback", 2, 1, "lee"),
    ]


def test_without_a_champion_an_unfit_version_is_passed_over(registry: Registry, tmp_path: Path) -> None:
    made(registry, tmp_path)
    made(registry, tmp_path, unfit="the export differs")
    assert registry.get("postings").version == 1
    assert registry.get("postings", 2).state == "unfit"


def test_an_unfit_version_is_not_promoted(registry: Registry, tmp_path: Path) -> None:
    made(registry, tmp_path, unfit="the export differs")
    with pytest.raises(UsageError, match="the export differs"):
        registry.promote("postings", 1, who="kim", why="hope")
    assert registry.champion("postings") is None


def test_a_version_whose_file_was_changed_is_not_promoted(registry: Registry, tmp_path: Path) -> None:
    model = made(registry, tmp_path)
    (model.folder / "model.onnx").write_text("other weights")
    with pytest.raises(StoreError, match=r"model\.onnx"):
        registry.promote("postings", 1, who="kim", why="first")


def test_half_a_version_is_never_seen_and_makes_way(registry: Registry, tmp_path: Path) -> None:
    half = tmp_path / "models" / "postings" / "1"
    half.mkdir(parents=True)
    (half / "model.onnx").write_text("half")
    assert registry.list() == ()
    model = made(registry, tmp_path, text="whole")
    assert (model.version, (model.folder / "model.onnx").read_text()) == (1, "whole")


def test_clearing_removes_half_versions_alone(registry: Registry, tmp_path: Path) -> None:
    whole = made(registry, tmp_path)
    half = tmp_path / "models" / "postings" / "2"
    half.mkdir()
    assert registry.clear() == (half,)
    assert whole.folder.is_dir()
    assert not half.exists()


def test_versions_and_the_promotion_log_cannot_be_rewritten(registry: Registry, tmp_path: Path) -> None:
    made(registry, tmp_path)
    registry.promote("postings", 1, who="kim", why="first")
    connection = sqlite3.connect(tmp_path / "db.sqlite")
    for statement in (
        "UPDATE model_versions SET seed = 8",
        "UPDATE model_promotions SET who = 'park'",
        "DELETE FROM model_promotions",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)


@pytest.mark.parametrize("name", ["", "../evil", "a/b", "a b", ".hidden"])
def test_a_name_that_is_no_folder_is_refused(registry: Registry, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        made(registry, tmp_path, name=name)


def test_unknown_names_are_answered_with_the_known_ones(registry: Registry, tmp_path: Path) -> None:
    made(registry, tmp_path)
    with pytest.raises(UnknownName, match="postings"):
        registry.get("posting")
    with pytest.raises(UnknownName, match="postings@1"):
        registry.get("postings", 9)
