"""Addresses on the command line: what goes in, what is refused and with which exit code."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from groundtune.cli import root
from groundtune.errors import MissingExtra, UsageError
from tests.knowledge.remote.file_server import Files, serving

ENVIRONMENT = {"GROUNDTUNE_EMBEDDER": "fake:hash", "GROUNDTUNE_ANALYSER": "bigram", "GROUNDTUNE_LANG": "en"}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    CliRunner().invoke(root, ["init", str(tmp_path / "ws")], env=ENVIRONMENT)
    return tmp_path / "ws"


def run(workspace: Path, *words: str) -> Result:
    return CliRunner().invoke(root, [*words, "--workspace", str(workspace)], env=ENVIRONMENT)


def test_an_address_goes_in_beside_a_file_and_leaves_nothing_but_its_document(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "travel.md").write_text("# Travel\n\nBy train.")
    with serving(Files({"/leave.md": "# Leave\n\nFifteen days."})) as server:
        places = [str(tmp_path / "travel.md"), f"http://me:s3cr3t@{server.host}/leave.md?token=s3cr3t"]
        result = run(workspace, "add", *places, "--allow-host", "127.0.0.1", "--json")
    report = json.loads(result.stdout)["report"]
    assert (result.exit_code, report["added"], report["refused"]) == (0, ["travel.md", "leave.md"], [])
    assert "s3cr3t" not in result.output
    assert not (workspace / "derived" / ".fetched").exists()
    assert "s3cr3t" not in "".join(
        path.read_bytes().decode("latin-1") for path in workspace.rglob("*") if path.is_file()
    )


def test_this_machine_is_not_asked_unless_it_is_allowed(workspace: Path) -> None:
    with serving(Files({"/leave.md": "# Leave"})) as server:
        result = run(workspace, "add", f"{server.url}/leave.md")
        assert server.requests == []
    assert result.exit_code == 3
    assert f"--allow-host {server.host}" in result.output


def test_an_empty_place_is_named_and_its_documents_stay_until_that_is_allowed(workspace: Path, tmp_path: Path) -> None:
    folder = tmp_path / "handbook"
    folder.mkdir()
    (folder / "leave.md").write_text("# Leave")
    assert run(workspace, "add", str(folder)).exit_code == 0
    (folder / "leave.md").unlink()
    result = run(workspace, "add", str(folder), "--prune")
    assert (result.exit_code, "1 document came from here. It was kept." in result.output) == (3, True)
    result = run(workspace, "add", str(folder), "--prune", "--allow-empty")
    assert (result.exit_code, "1 removed" in result.output) == (0, True)


@pytest.mark.parametrize("place", ["memory://docs", "ftp://host/x", "https://u:s3cr3t@[bad/", "nowhere/at/all"])
@pytest.mark.parametrize("command", ["add", "watch"])
def test_what_is_no_place_ends_before_anything_is_done(workspace: Path, command: str, place: str) -> None:
    result = run(workspace, command, place)
    assert isinstance(result.exception, UsageError)
    assert "s3cr3t" not in str(result.exception)


@pytest.mark.parametrize("command", ["add", "watch"])
def test_a_bucket_without_its_library_names_the_extra(
    workspace: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    result = run(workspace, command, "s3://docs/handbook")
    assert isinstance(result.exception, MissingExtra)
    assert "groundtune[sources]" in str(result.exception)
