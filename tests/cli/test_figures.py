"""Figures of tuned models are told in the reader's words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from groundtune.cli import root
from groundtune.cli.figures import MEASURES
from groundtune.storage.registry import Metric, NewModel
from groundtune.workspace import Workspace

SOURCE = Path(__file__).parents[2] / "src" / "groundtune"
SIDES = ("held_out", "unseen_questions", "unseen_documents")


def test_every_figure_that_a_run_registers_has_a_name() -> None:
    registered: set[str] = set()
    for file in (*(SOURCE / "tuning").glob("*.py"), SOURCE / "workspace" / "retriever.py"):
        text = file.read_text("utf-8")
        registered.update(re.findall(r'"(\w+)": [Mm]etric\(', text))
        registered.update(
            f"{name}_{side}" for name in re.findall(r'f"(\w+)_\{side\}"\] = metric', text) for side in SIDES
        )
    assert {"macro_f1", "mrr_gain_held_out"} <= registered
    assert registered == set(MEASURES)


@pytest.mark.parametrize(("language", "expected"), [("en", ("ready", "unfit")), ("ko", ("사용 가능", "사용 불가"))])
def test_a_list_tells_states_and_quality_in_words(tmp_path: Path, language: str, expected: tuple[str, str]) -> None:
    workspace = Workspace.create(tmp_path / "ws")
    for unfit in (None, "it differs"):
        staged = workspace.settings.models / "staged"
        staged.mkdir()
        (staged / "weights").write_text("1")
        metrics = {"validation_loss": Metric(0.5)}
        model = NewModel("jobs", "answer", "base", "data", "split", {}, 0, metrics, {}, unfit)
        workspace.registry.register(model, staged)
    words = ["models", "list", "-w", str(tmp_path / "ws")]
    shown = CliRunner().invoke(root, words, env={"GROUNDTUNE_LANG": language}).output
    assert all(state in shown for state in expected)
    assert {"en": "validation loss 0.500", "ko": "검증 손실 0.500"}[language] in shown
