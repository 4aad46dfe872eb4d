"""What the pages say is what the program does: their commands exist, and the README's are run."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import sys
from pathlib import Path

import click
import pytest

from groundtune.cli import COMMANDS, main, root

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def bash_blocks(page: Path) -> list[str]:
    return re.findall(r"^```bash\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def commands(page: Path) -> list[list[str]]:
    """The words of every groundtune command on a page, chained ones apart."""
    lines = [line for block in bash_blocks(page) for line in block.replace("\\\n", " ").splitlines()]
    parts = [shlex.split(part, comments=True) for line in lines for part in re.split(r"&&|\|", line)]
    return [words[1:] for words in parts if words[:1] == ["groundtune"]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_on_a_page_exists_with_its_options(page: Path) -> None:
    for words in commands(page):
        command: click.Command = root
        context = click.Context(root)
        rest = list(words)
        while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
            found = command.get_command(context, rest.pop(0))
            assert found is not None, f"groundtune {shlex.join(words)}"
            command = found
        known = {name for parameter in command.params for name in parameter.opts} | {"--help", "-h", "--version"}
        for word in rest:
            assert not word.startswith("-") or word.split("=")[0] in known, f"groundtune {shlex.join(words)}: {word}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), target


def test_the_readme_names_only_files_of_the_sample_that_it_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = [words for words in commands(ROOT / "README.md") if words[0] != "demo"]
    main(shown[0])
    named = [word for words in shown for word in words if "/" in word]
    assert named
    for name in named:
        assert (tmp_path / "my-workspace" / name).exists(), name


def test_both_readmes_show_the_same_commands() -> None:
    assert bash_blocks(ROOT / "README.md") == bash_blocks(ROOT / "README.ko.md")


def test_the_readme_opens_with_two_commands_the_second_of_which_runs_the_tests() -> None:
    first, second = bash_blocks(ROOT / "README.md")[:2]
    assert first.count("\n") == second.count("\n") == 1
    assert first.strip().endswith("&& groundtune demo")
    assert second.strip().endswith("&& pytest")


def test_the_table_of_benchmarks_shows_the_newest_results_of_all() -> None:
    spec = importlib.util.spec_from_file_location("summary", ROOT / "benchmarks" / "summary.py")
    assert spec is not None
    assert spec.loader is not None
    summary = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(summary)
    page = summary.PAGE.read_text("utf-8")
    assert summary.table() in page, "run: python benchmarks/summary.py --write"
    scripts = {path.name for path in (ROOT / "benchmarks").glob("*.py")} | {"peers/run.py"}
    assert {script for script in scripts if f"`{script}" not in page} <= {"summary.py"}
    kept = {summary.kept_of(path) for path in (ROOT / "benchmarks" / "results").glob("*.json")}
    assert kept <= {benchmark.name for benchmark in summary.BENCHMARKS} | {None}


OF_THE_READER = {"groundtune.toml", "reports/", "derived/", "wheelhouse/"}
"""What a page names that is not in our tree but in the reader's."""
ROOTS = [ROOT, *(ROOT / folder for folder in ("src/groundtune", "src", "tests", "docs", "benchmarks"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_and_folder_that_a_page_names_is_there(page: Path) -> None:
    """A bare name stands in a folder that its paragraph has named, or anywhere where none was."""
    missing = []
    for paragraph in re.split(r"\n\n|\n(?=\d+\. |- |\| )", page.read_text("utf-8")):
        named: list[Path] = []
        for name in re.findall(r"`([\w./*-]+(?:\.(?:py|md|toml|css|sql)|/))`", paragraph):
            if name in OF_THE_READER:
                continue
            found = [path for root in (*ROOTS, *named) for path in root.glob(name.rstrip("/"))]
            if not found and not named and "/" not in name.rstrip("/"):
                found = [path for root in ROOTS[2:] for path in root.rglob(name.rstrip("/"))]
            named += [path if path.is_dir() else path.parent for path in found]
            missing += [] if found else [name]
    assert not missing, f"{page.relative_to(ROOT)} names {', '.join(missing)}"


def test_every_command_and_every_json_schema_is_documented() -> None:
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    for name in COMMANDS:
        assert f"groundtune {name}" in page, name
    for file in (ROOT / "src" / "groundtune" / "cli").glob("*.py"):
        for schema in re.findall(r'emit\(\s*"([\w-]+/\d+)"', file.read_text("utf-8")):
            assert f"groundtune.{schema}" in page, schema


@pytest.mark.slow
def test_the_readmes_examples_run_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = [words for words in commands(ROOT / "README.md") if words[0] != "demo"]
    assert [words[0] for words in shown][:2] == ["init", "add"]
    printed: dict[str, list[str]] = {}
    for words in shown:
        main(words)
        if words[0] == "init":
            monkeypatch.chdir(words[1])
            _lighten(Path())
        printed.setdefault(words[0], []).append(capsys.readouterr().out)
    assert "6일" in printed["search"][0]
    notice, remote = (answer.splitlines() for answer in printed["ask"])
    assert "days" in notice[0]
    assert remote[0].startswith("수습을 마친 구성원은 한 달에 7일까지")
    assert "2025-03-01" in remote[1], "the revision that was in force on the day asked about"
    assert json.loads(printed["predict"][0])["schema"].startswith("groundtune.predict")
    assert "rag-extractive" in printed["compare"][0]
    assert (tmp_path / "my-workspace" / "reports" / "policy-questions-first-look.html").is_file()


def _lighten(workspace: Path) -> None:
    """Leaves a part of the sample that was copied, and makes its tasks quickly done."""
    for file in (workspace / "handbook").rglob("*.md"):
        if not file.name.startswith(("annual-leave", "remote-work", "resignation", "travel-expenses")):
            file.unlink()
    tasks = workspace / "tasks"
    rows = [json.loads(line) for line in (tasks / "resumes.jsonl").read_text("utf-8").splitlines()]
    three = sorted({row["label"] for row in rows})[:3]
    few = [json.dumps(row, ensure_ascii=False) for row in rows if row["label"] in three]
    (tasks / "resumes.jsonl").write_text("\n".join(few) + "\n", "utf-8")
    (tasks / "job-families.toml").write_text(
        'name = "job-families"\nkind = "classify"\n[data]\nlabelled = "resumes.jsonl"\n'
        '[tuning]\nmethod = "head"\n[tuning.loop]\nepochs = 1\n',
        "utf-8",
    )
    cases = (tasks / "cases.jsonl").read_text("utf-8").splitlines()
    few = [line for line in cases if "annual-leave" in line or "off_topic" in line]
    (tasks / "cases.jsonl").write_text("\n".join(few) + "\n", "utf-8")
    (tasks / "policy-questions.toml").write_text(
        'name = "policy-questions"\nkind = "answer"\narms = ["refuse-always", "rag-extractive"]\n'
        '[data]\ncases = "cases.jsonl"\n[needs]\nmust_cite = true\n',
        "utf-8",
    )
