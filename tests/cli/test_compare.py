"""Comparing and advising from the command line, on real files and the arms that need no model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from groundtune.cli import root
from groundtune.errors import UsageError

PAGE = "---\nid: parking\ntitle: Parking\n---\n\n# Parking\n\nA monthly permit costs 35,000 won for staff.\n"
CASES = [
    {"id": "1", "language": "en", "question": "What does a monthly permit cost?", "facts": [["35,000 won"]]},
    {"id": "2", "language": "en", "question": "Who won the football cup?", "kind": "off_topic"},
    {"id": "3", "language": "en", "question": "How do I boil an egg?", "kind": "off_topic"},
]
TASK = """
kind = "answer"
arms = ["refuse-always", "rag-extractive"]
[data]
cases = "cases.jsonl"
[needs]
{needs}
"""


def run(*words: str | Path, language: str = "en") -> Result:
    environment = {"GROUNDTUNE_LANG": language, "GROUNDTUNE_ANALYSER": "bigram"}
    return CliRunner().invoke(root, [str(word) for word in words], env=environment)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Result]:
    """A workspace with one page, a task, and what comparing it printed."""
    folder = tmp_path_factory.mktemp("compare")
    (folder / "parking.md").write_text(PAGE, "utf-8")
    (folder / "cases.jsonl").write_text("\n".join(json.dumps(case) for case in CASES), "utf-8")
    task = folder / "parking.toml"
    task.write_text(TASK.format(needs="must_cite = true"), "utf-8")
    assert run("init", folder / "ws").exit_code == 0
    assert run("add", folder / "parking.md", "-w", folder / "ws").exit_code == 0
    result = run("compare", task, "-w", folder / "ws")
    assert result.exit_code == 0, result.output
    return folder / "ws", task, result


def test_it_prints_figures_a_verdict_and_where_the_report_is(compared: tuple[Path, Path, Result]) -> None:
    workspace, _, result = compared
    assert "rag-extractive" in result.output
    assert "The field's rules of thumb" in result.output
    assert str(workspace / "reports" / "parking.html") in result.output
    assert (workspace / "reports" / "parking.html").read_text("utf-8").startswith("<!doctype html>")
    kept = json.loads((workspace / "reports" / "parking.json").read_text("utf-8"))
    assert kept["schema"] == 1
    assert {case["id"] for case in kept["cases"]} == {"1", "2", "3"}


def test_comparing_again_measures_nothing_and_finds_the_same(compared: tuple[Path, Path, Result]) -> None:
    workspace, task, _ = compared
    first, second = (json.loads(run("compare", task, "--json", "-w", workspace).stdout) for _ in range(2))
    assert first["schema"] == "groundtune.compare/1"
    assert first["provenance"]["openings"] == second["provenance"]["openings"] == 1
    assert first["slices"] == second["slices"]
    assert first["arms"] == second["arms"]  # latencies too: they were not measured again


def test_advice_follows_the_needs_that_the_file_states_now(compared: tuple[Path, Path, Result]) -> None:
    workspace, task, _ = compared
    before = json.loads(run("advise", task, "--json", "-w", workspace).stdout)
    assert before["schema"] == "groundtune.advise/1"
    places = {s["arm"]: s["place"] for s in before["verdicts"][0]["standings"]}
    assert places["rag-extractive"] == "candidate"
    task.write_text(TASK.format(needs="p95_latency_ms = 0.001"), "utf-8")
    try:
        after = json.loads(run("advise", task, "--json", "-w", workspace, language="ko").stdout)
    finally:
        task.write_text(TASK.format(needs="must_cite = true"), "utf-8")
    assert after["verdicts"][0]["status"] == "impossible"
    assert after["verdicts"][0]["headline"] == "필수 조건을 만족하는 방식이 없습니다."


def test_advice_without_a_comparison_says_what_to_run_first(
    compared: tuple[Path, Path, Result], tmp_path: Path
) -> None:
    workspace, task, _ = compared
    other = task.with_name("other.toml")
    other.write_text(task.read_text("utf-8"), "utf-8")
    result = run("advise", other, "-w", workspace)
    assert isinstance(result.exception, UsageError)
    assert "groundtune compare" in str(result.exception)
