"""The page on the first hour runs as it stands, on small files of the kind that it speaks of."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from groundtune.cli import main
from groundtune.storage.database import Database
from groundtune.storage.registry import Registry
from tests.test_docs import ROOT, commands

PAGE = ROOT / "docs" / "first-hour.md"
KOREAN = ROOT / "docs" / "first-hour.ko.md"
JOBS = {
    "물류": ("창고 재고를 실사하고 출고 순서를 정합니다", "화물차 배차를 계획하고 운송비를 정산합니다"),
    "개발": ("서버 프로그램을 작성하고 배포를 자동화합니다", "데이터베이스 질의를 고치고 시험 코드를 씁니다"),
    "디자인": ("앱 화면을 그리고 아이콘을 다듬습니다", "포장 상자의 색과 글꼴을 정합니다"),
}
WHERE = ("서울에서", "부산에서", "야간에", "신입과 함께", "본사에서", "해외에서", "팀을 이끌며", "혼자서")


def task_of(page: Path) -> str:
    blocks = re.findall(r"^```text\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (task,) = [block for block in blocks if block.startswith("name =")]
    return str(task)


def test_both_languages_show_the_same_commands_and_the_same_task() -> None:
    assert [words[0] for words in commands(PAGE)] == [words[0] for words in commands(KOREAN)]
    assert task_of(PAGE) == task_of(KOREAN)


@pytest.mark.slow
def test_every_step_runs_and_the_model_that_was_tuned_is_the_one_that_is_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    _lay_out(tmp_path / "home" / "policies", tmp_path / "acme")
    printed: dict[str, str] = {}
    for words in commands(PAGE):
        main([str(Path(word).expanduser()) for word in words])
        printed[" ".join(words[:2])] = capsys.readouterr().out
        if words == ["init", "acme"]:
            monkeypatch.chdir(tmp_path / "acme")
    assert "fine-tuned" in printed["compare postings.toml"]
    assert json.loads(printed["predict postings"])["model"] == "postings@1"
    registry = Registry(Database(Path("groundtune.sqlite")), Path("models"))
    assert [str(version) for version in registry.list()] == ["postings@1"]
    kept = json.loads(Path("reports/postings.json").read_text("utf-8"))
    assert [arm["model"] for arm in kept["arms"] if arm["name"] == "fine-tuned"] == ["postings@1"]


def _lay_out(policies: Path, workspace: Path) -> None:
    policies.mkdir(parents=True)
    (policies / "leave.md").write_text(
        "---\nid: leave-policy\ntitle: Leave\neffective_from: 2026-01-01\n---\n\n# Leave\n\n"
        "You may carry over 5 days of leave into the next year. They have to be taken by 31 March.\n",
        "utf-8",
    )
    workspace.mkdir()
    question = {"question": "can I take leftover leave into next year?", "relevant": ["leave-policy"]}
    (workspace / "questions.jsonl").write_text(json.dumps(question) + "\n", "utf-8")
    rows = [
        (f"{where} {duty}.", job, f"회사{i}")
        for job, duties in JOBS.items()
        for duty in duties
        for i, where in enumerate(WHERE)
    ]
    for name, header, shown in (
        ("postings.csv", ("내용", "직군", "회사"), rows),
        ("new.csv", ("text",), [(rows[0][0],)]),
    ):
        with (workspace / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *shown])
    (workspace / "postings.toml").write_text(task_of(PAGE), "utf-8")
