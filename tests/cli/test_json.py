"""Every command's JSON names its kind and version, and docs/cli.md lists its keys and those of its rows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from groundtune.cli import root
from tests.tuning.tiny_bert import write_encoder, write_labelled

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
ENVIRONMENT = {"GROUNDTUNE_EMBEDDER": "fake:hash", "GROUNDTUNE_ANALYSER": "bigram", "GROUNDTUNE_LANG": "en"}
CASES = [
    {"id": "1", "language": "en", "question": "What does a monthly permit cost?", "facts": [["35,000 won"]]},
    {"id": "2", "language": "en", "question": "Who won the football cup?", "kind": "off_topic"},
    {"id": "3", "language": "en", "question": "How do I boil an egg?", "kind": "off_topic"},
]
TASK = 'kind = "answer"\narms = ["refuse-always", "rag-extractive"]\n[data]\ncases = "cases.jsonl"\n'


def rows() -> dict[str, tuple[str, set[str]]]:
    """Command → its schema, and the keys beside it that the page lists."""
    found = {}
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)]
        if len(cells) == 5 and cells[2].startswith("`groundtune."):
            listed = set(re.findall(r"`([\w ]+)`", cells[3]))
            for command in re.findall(r"`groundtune ([\w ]+)`", cells[1]):
                found[command] = (cells[2].strip("`"), listed)
    return found


def commands(group: click.Group = root, before: str = "") -> Iterator[str]:
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        else:
            assert command is not None
            yield before + name


def test_every_command_but_the_demo_is_listed() -> None:
    assert set(rows()) == set(commands()) - {"demo"}


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What each command prints with --json in a small workspace."""
    pytest.importorskip("torch")
    folder = tmp_path_factory.mktemp("json")
    workspace = folder / "ws"
    (folder / "parking.md").write_text("# Parking\n\nA monthly permit costs 35,000 won for staff.\n")
    (folder / "empty.md").write_text("")
    (folder / "cases.jsonl").write_text("\n".join(map(json.dumps, CASES)))
    (folder / "found.jsonl").write_text(json.dumps({"question": "permit", "relevant": ["parking.md"]}))
    (folder / "parking.toml").write_text(TASK)
    write_encoder(folder / "encoder")
    write_labelled(folder / "jobs.csv")
    loop = "[tuning.loop]\nepochs = 1\nthreads = 1\nbf16 = false\n"
    for number in (1, 2):
        (folder / f"jobs{number}.toml").write_text(
            f'name = "jobs"\nkind = "classify"\nseed = {number}\n[data]\nlabelled = "jobs.csv"\n[tuning]\n'
            f'base_model = "hf:{folder}/encoder"\nprefix = ""\nwindow = 40\n{loop}'
        )
    ran = {}

    def run(command: str, *words: str | Path) -> None:
        where = [] if command in ("init", "data check", "cases review") else ["-w", str(workspace)]
        result = CliRunner().invoke(root, [*command.split(), *map(str, words), "--json", *where], env=ENVIRONMENT)
        refused_one = 3 if command == "add" else 0
        assert result.exit_code == refused_one, (command, result.output, result.exception)
        ran[command] = json.loads(result.stdout)

    run("init", workspace)
    run("doctor")
    run("add", folder / "parking.md", folder / "empty.md")
    run("documents list")
    run("documents refused")
    (folder / "parking.md").write_text("# Parking\n\nA monthly permit costs 35,000 won for all staff.\n")
    run("add", folder / "parking.md", folder / "empty.md")
    run("diff", "parking.md")
    run("documents show", "parking.md")
    run("search", "permit")
    run("eval retrieval", folder / "found.jsonl")
    run("cases make", "-n", "3", "--output", folder / "drafts.jsonl")
    run("cases review", folder / "drafts.jsonl", "--accept", "1")
    run("calibrate", folder / "cases.jsonl", "--dry-run")
    run("ask", "What does a monthly permit cost?")
    run("answers list")
    run("answers show", "1")
    run("answers replay", "1")
    run("answers mark", "1", "right", "--passage", "parking.md")
    run("answers review")
    (folder / "parking.md").write_text("# Parking\n\nNobody parks here.\n")
    run("add", folder / "parking.md", folder / "empty.md")
    run("answers doubtful", "--refused")
    run("answers gaps", "--times", "1")
    run("answers forget", "1", "--yes")
    run("compare", folder / "parking.toml")
    run("judge sheet", folder / "parking.toml", folder / "sheet.csv")
    run("judge read", folder / "parking.toml", folder / "sheet.csv", "--name", "Kim")
    run("judge model", folder / "parking.toml", "--model", "bundled:smollm2", "--cases", "1", "--arm", "refuse-always")
    run("judge show", folder / "parking.toml")
    run("advise", folder / "parking.toml")
    run("data check", folder / "jobs.csv")
    run("tune", folder / "jobs1.toml")
    run("tune", folder / "jobs2.toml")
    run("models list")
    run("models show", "jobs")
    run("models promote", "jobs@2", "--why", "better")
    run("models rollback", "jobs", "--why", "worse")
    run("models clean", "--yes")
    run("predict", "jobs", "--text", "truck")
    ran["watch"] = first_event_of_watching(folder / "parking.md", workspace)
    run("reindex")
    run("erase", "--person", "Kim Example", "--yes")
    run("documents delete", "parking.md", "--yes")
    return ran


def first_event_of_watching(path: Path, workspace: Path) -> dict[str, Any]:
    """The first of the objects that it prints, one a line, until it is stopped."""
    code = "import sys; from groundtune.cli import main; main(sys.argv[1:])"
    words = ["watch", str(path), "--json", "-w", str(workspace)]
    with subprocess.Popen(
        [sys.executable, "-c", code, *words], env=os.environ | ENVIRONMENT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.terminate()
    found: dict[str, Any] = json.loads(line)
    return found


def keys(found: dict[str, Any]) -> set[str]:
    """Of the object, of the rows in its lists, and of what `report` holds in the same way."""
    inner = [value for value in found.values() if isinstance(value, list)]
    rows_within = [row for rows in inner for row in rows if isinstance(row, dict)]
    report = found.get("report")
    return set(found).union(*rows_within, keys(report) if isinstance(report, dict) else set())


def test_each_prints_its_schema_and_keys_that_the_page_lists(printed: dict[str, dict[str, Any]]) -> None:
    assert set(printed) == set(rows())
    for command, found in printed.items():
        schema, listed = rows()[command]
        assert found.pop("schema") == schema, command
        if command in ("compare", "advise"):  # their rows are in docs/data.md, and vary with the task
            found = dict.fromkeys(found)
        assert keys(found) <= listed, f"{command}: {keys(found) - listed} not on the page"


def test_what_fails_prints_no_json(tmp_path: Path) -> None:
    result = CliRunner().invoke(root, ["documents", "list", "--json", "-w", str(tmp_path)], env=ENVIRONMENT)
    assert result.exception is not None
    assert result.stdout == ""
