"""Held-out rows in a file of their own: nothing that repeats them is trained on, and what was kept out is counted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from groundtune.comparison.tasks import read_task
from groundtune.errors import BadData, BadInput
from groundtune.tuning.data import LabelledData, read_labelled
from groundtune.tuning.held_out import hold_out
from groundtune.tuning.prepare import prepare
from groundtune.tuning.split import Split
from groundtune.workspace.classify_arms import classify_cases

LONG = "plans the quarterly work of all regional warehouses and reports to the head of logistics about its progress "


def rows(count: int, seed: int, labels: str = "ab") -> list[dict[str, str]]:
    words = np.random.default_rng(seed).integers(0, 10**9, (count, 4))
    return [{"text": " ".join(map(str, words[i])), "label": labels[i % len(labels)]} for i in range(count)]


def written(path: Path, found: list[dict[str, str]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in found), "utf-8")
    return path


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Forty rows that repeat nothing, five that repeat held-out ones in five ways, and ten held-out rows."""
    held = [*rows(7, seed=1), {"text": LONG * 3, "label": "a"}, {"text": "of lee", "label": "b", "group": "lee"}]
    held.append({"text": "ＦＵＬＬ  width", "label": "a"})
    repeating = [
        {"text": held[0]["text"].replace(" ", "  "), "label": "a"},
        {"text": "FULL width", "label": "b"},
        {"text": LONG * 3 + "indeed", "label": "a", "group": "warehouse"},
        {"text": "also of lee", "label": "a", "group": "lee"},
        {"text": "in one group with what is nearly held out", "label": "b", "group": "warehouse"},
    ]
    return written(tmp_path / "rows.jsonl", rows(40, seed=2) + repeating), written(tmp_path / "held.jsonl", held)


def both(files: tuple[Path, Path], seed: int = 0) -> tuple[LabelledData, Split]:
    return hold_out(read_labelled(files[0]), read_labelled(files[1]), validation=0.15, seed=seed)


def test_rows_that_repeat_held_out_ones_are_neither_trained_nor_validated_on(files: tuple[Path, Path]) -> None:
    data, parts = both(files)
    learnt = {data.examples[i].line for i in (*parts.train, *parts.validation)}
    assert learnt == set(range(1, 41))
    assert [data.examples[i].line for i in parts.test] == list(range(1, 11))
    assert parts.kept_out is not None
    assert (parts.kept_out.same_text, parts.kept_out.near_text) == ((41, 42), (43,))
    assert (parts.kept_out.same_group, parts.kept_out.connected) == ((44,), (45,))
    assert parts.kept_out.count == 5
    assert 4 <= len(parts.validation) <= 8


def test_the_seed_decides_validation_and_the_test_side_is_always_the_file(files: tuple[Path, Path]) -> None:
    (_, first), (_, again), (_, other) = both(files, 1), both(files, 1), both(files, 2)
    assert first == again
    assert first.validation != other.validation
    assert first.test == other.test


def test_the_saved_split_names_both_files_and_what_was_kept_out(files: tuple[Path, Path], tmp_path: Path) -> None:
    data, parts = both(files)
    parts.save(tmp_path / "split.json", data)
    saved = json.loads((tmp_path / "split.json").read_text("utf-8"))
    assert saved["test_file"] == str(files[1])
    assert saved["kept_out"] == {"same_text": [41, 42], "near_text": [43], "same_group": [44], "connected": [45]}


def test_a_held_out_label_that_is_never_trained_on_is_named(files: tuple[Path, Path], tmp_path: Path) -> None:
    held = written(tmp_path / "other.jsonl", [*rows(4, seed=3), {"text": "new", "label": "mispelt"}])
    with pytest.raises(BadData, match="mispelt") as error:
        both((files[0], held))
    assert (error.value.path, error.value.line) == (held, 5)


def test_nothing_left_to_train_on_is_an_error_with_the_count(files: tuple[Path, Path]) -> None:
    with pytest.raises(BadData, match="10 rows repeat"):
        both((files[1], files[1]))


def test_a_task_that_names_held_out_rows_is_compared_on_them(files: tuple[Path, Path], tmp_path: Path) -> None:
    path = tmp_path / "task.toml"
    path.write_text('kind = "classify"\n[data]\nlabelled = "rows.jsonl"\ncases = "held.jsonl"\n', "utf-8")
    task = read_task(path)
    assert prepare(task)[1].kept_out is not None
    assert {case.id for case in classify_cases(task)} == {f"line-{line}" for line in range(1, 11)}
    assert prepare(replace(task, data=replace(task.data, cases=None)))[1].kept_out is None
    path.write_text(path.read_text("utf-8") + "test_share = 0.3\n", "utf-8")
    with pytest.raises(BadInput, match="test_share"):
        read_task(path)
