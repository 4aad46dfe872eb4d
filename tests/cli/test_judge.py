"""Judges on top of a comparison: blind sheets, people's verdicts, a model's, and how far they agree."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from groundtune.comparison.judging import kappa
from groundtune.errors import BadData, UsageError
from groundtune.models.fakes import ScriptedChat
from groundtune.workspace import Workspace
from tests.cli.test_compare import compared, run  # noqa: F401  (a fixture)

ARMS = ("refuse-always", "rag-extractive")


def filled(sheet: Path, into: Path, **verdicts: str) -> Path:
    """The sheet with the same verdicts in each row; those on quotes only where something is quoted."""
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row.update({name: said for name, said in verdicts.items() if name == "right" or row["quotes"]})
    with into.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return into


@pytest.fixture(scope="module")
def sheet(compared: tuple[Path, Path, object], tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    workspace, task, _ = compared
    path = tmp_path_factory.mktemp("judging") / "sheet.csv"
    result = run("judge", "sheet", task, path, "-w", workspace, *(w for arm in ARMS for w in ("--arm", arm)))
    assert result.exit_code == 0, result.output
    return path


def test_a_sheet_names_no_approach_and_asks_about_equal_answers_once(sheet: Path) -> None:
    text = sheet.read_text("utf-8-sig")
    assert not any(arm in text for arm in ARMS)
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["id"] for row in rows}) == len(rows)
    assert 4 <= len(rows) <= 6
    quoted = next(row for row in rows if row["quotes"])
    assert "35,000 won" in quoted["quotes"]
    assert quoted["must_state"] == "35,000 won"


def test_people_s_verdicts_stand_beside_the_scorer_and_each_other(
    compared: tuple[Path, Path, object],  # noqa: F811
    sheet: Path,
    tmp_path: Path,
) -> None:
    workspace, task, _ = compared
    for name, right in (("Kim", "yes"), ("Lee", "아니요")):
        done = filled(sheet, tmp_path / f"{name}.csv", right=right, relevant="yes", supported="예")
        assert run("judge", "read", task, done, "--name", name, "-w", workspace).exit_code == 0
    shown = json.loads(run("judge", "show", task, "--json", "-w", workspace).output)
    assert shown["schema"] == "groundtune.judge/1"
    right = {(s["judge"], s["arm"]): s["yes"]["value"] for s in shown["shares"] if s["question"] == "right"}
    assert right[("Kim", "rag-extractive")] == 1.0
    assert right[("Lee", "rag-extractive")] == 0.0
    same = {(a["one"], a["other"], a["question"]): a for a in shown["agreements"]}
    assert same[("Kim", "Lee", "right")]["same"]["value"] == 0.0
    assert same[("Kim", "Lee", "relevant")]["same"]["value"] == 1.0
    kim, lee = same[("Kim", "scorer", "right")], same[("Lee", "scorer", "right")]
    assert kim["same"]["value"] + lee["same"]["value"] == pytest.approx(1.0)
    page = (workspace / "reports" / "parking.html").read_text("utf-8")
    assert "Judged by people or a model" in page
    assert "사람이나 모델의 심사" in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"right": "maybe"}, "write yes or no"),
        ({"id": "0123456789ab"}, "No answer of this comparison"),
    ],
)
def test_a_sheet_that_can_t_be_taken_leaves_nothing_behind(
    compared: tuple[Path, Path, object],  # noqa: F811
    sheet: Path,
    tmp_path: Path,
    change: dict[str, str],
    said: str,
) -> None:
    workspace, task, _ = compared
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["right"] = "yes"
    rows[-1].update(change)
    broken = tmp_path / "broken.csv"
    with broken.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    result = run("judge", "read", task, broken, "--name", "Park", "-w", workspace)
    assert isinstance(result.exception, BadData)
    assert said in str(result.exception)
    assert result.exception.line is not None
    assert "Park" not in run("judge", "show", task, "-w", workspace).output


def test_a_model_judges_what_it_has_not_judged_and_what_is_no_verdict_is_not_counted(
    compared: tuple[Path, Path, object],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workspace, task, _ = compared
    model = ScriptedChat(
        {
            "permit": '{"right": "yes", "relevant": "yes", "supported": "no"}',
            "egg": "I would rather not say.",
            "": '{"right": "no", "relevant": "none", "supported": "none"}',
        }
    )
    monkeypatch.setattr(Workspace, "chat", lambda self, name=None: model)
    words = ("judge", "model", task, "--model", "house", "--arm", "rag-extractive", "--json", "-w", workspace)
    first = json.loads(run(*words).stdout)
    assert (first["verdicts"], first["unreadable"]) == (2, 1)
    asked = len(model.calls)
    again = json.loads(run(*words).stdout)
    assert (again["verdicts"], again["unreadable"]) == (0, 1)
    assert len(model.calls) == asked + 1
    assert not any(arm in call[-1].content for call in model.calls for arm in ARMS)


def test_an_unknown_approach_and_the_scorer_s_name_are_refused(
    compared: tuple[Path, Path, object],  # noqa: F811
    sheet: Path,
    tmp_path: Path,
) -> None:
    workspace, task, _ = compared
    for words in (
        ("judge", "sheet", task, tmp_path / "s.csv", "--arm", "rag"),
        ("judge", "read", task, sheet, "--name", "scorer"),
        ("judge", "sheet", task, sheet),
    ):
        assert isinstance(run(*words, "-w", workspace).exception, UsageError)


def test_kappa_is_what_agreement_is_worth_beyond_chance() -> None:
    # Cohen 1960's way of counting: 70 % agree, 50 % by chance
    pairs = [(True, True)] * 35 + [(False, False)] * 35 + [(True, False)] * 15 + [(False, True)] * 15
    assert kappa(pairs) == pytest.approx(0.4)
    assert kappa([(True, True)] * 5) is None
