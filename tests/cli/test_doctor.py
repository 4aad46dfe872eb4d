"""`doctor` says what is here, and whether documents and index are sound."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from groundtune.cli import main, root
from groundtune.storage.documents import DocumentStore

ENVIRONMENT = {"GROUNDTUNE_EMBEDDER": "fake:hash", "GROUNDTUNE_ANALYSER": "bigram", "GROUNDTUNE_LANG": "en"}


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(root, [str(word) for word in words], env=ENVIRONMENT)


def doctor(workspace: Path) -> tuple[int, dict[str, Any]]:
    result = run("doctor", "-w", workspace, "--json")
    return result.exit_code, json.loads(result.stdout)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for name in ("leave", "travel"):
        (tmp_path / f"{name}.md").write_text(f"# {name}\n\nFifteen days of {name}.")
    assert run("init", tmp_path / "ws").exit_code == 0
    assert run("add", tmp_path / "leave.md", tmp_path / "travel.md", "-w", tmp_path / "ws").exit_code == 0
    return tmp_path / "ws"


def test_a_sound_workspace_is_told_so(workspace: Path) -> None:
    code, found = doctor(workspace)
    assert (code, found["schema"], found["advice"]) == (0, "groundtune.doctor/1", [])
    assert found["documents"] == {
        "damage": [], "half": [], "passages": 2,
        "missing_in_index": 0, "stale_in_index": 0, "different_in_index": 0,
    }  # fmt: skip
    printed = run("doctor", "-w", workspace).output
    assert "different in index       0" in printed


def test_a_half_document_is_named_with_what_to_do(workspace: Path) -> None:
    with sqlite3.connect(workspace / "groundtune.sqlite") as connection:
        connection.execute("DELETE FROM passages WHERE id = 1")
    code, found = doctor(workspace)
    assert (code, found["documents"]["half"]) == (4, ["leave.md"])
    assert "groundtune reindex" in found["advice"][0]
    assert "groundtune reindex" in run("doctor", "-w", workspace).output
    assert run("reindex", "-w", workspace).exit_code == 0
    assert doctor(workspace)[0] == 0


def test_an_index_that_missed_a_change_is_found_and_may_be_deleted(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = DocumentStore.rows
    with monkeypatch.context() as patch:
        patch.setattr(DocumentStore, "rows", lambda self: [row for row in rows(self) if row.passage_id != 2])
        code, found = doctor(workspace)
    assert (code, found["documents"]["stale_in_index"]) == (4, 1)
    assert str(workspace / "derived") in found["advice"][0]


def test_outside_of_a_workspace_the_machine_alone_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("doctor", "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (found["workspace"], found["documents"]) == (None, None)
    assert found["versions"]["groundtune"]


def damage(path: Path) -> None:
    """Overwrites the first page of the revisions, which reading them meets."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'revisions'").fetchone()
    connection.close()
    raw = bytearray(path.read_bytes())
    raw[4096 * (page - 1) : 4096 * page] = bytes(range(256)) * 16
    path.write_bytes(raw)


def test_a_damaged_database_is_told_and_not_read(workspace: Path) -> None:
    damage(workspace / "groundtune.sqlite")
    code, found = doctor(workspace)
    assert code == 4
    assert found["documents"]["damage"]
    assert found["workspace"]["documents"] is None
    assert "backup" in found["advice"][0]


def test_a_file_that_is_no_database_any_more_is_told_by_every_command(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = workspace / "groundtune.sqlite"
    path.write_bytes(b"\xff" * path.stat().st_size)
    for name in ("-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)
    code, found = doctor(workspace)
    assert (code, found["workspace"]["documents"], found["workspace"]["unfinished_runs"]) == (4, None, None)
    assert "not a database" in found["documents"]["damage"][0]
    assert "backup" in run("doctor", "-w", workspace).output
    with pytest.raises(SystemExit) as ended:
        main(["documents", "list", "-w", str(workspace)])
    assert ended.value.code == 4
    assert "not a database" in capsys.readouterr().err


def test_damage_that_a_command_meets_is_told_with_what_to_do(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(workspace / "groundtune.sqlite")
    with pytest.raises(SystemExit) as ended:
        main(["documents", "list", "-w", str(workspace)])
    assert ended.value.code == 4
    assert "groundtune doctor" in capsys.readouterr().err


SECRETS = """
[endpoints.house]
base_url = "https://user:secretpass@models.example/v1?api_key=abcdef"
key_variable = "HOUSE_KEY"
"""


def test_a_korean_reader_meets_no_english_name_and_no_key_of_a_program(workspace: Path) -> None:
    printed = (
        CliRunner().invoke(root, ["doctor", "-w", str(workspace)], env=ENVIRONMENT | {"GROUNDTUNE_LANG": "ko"}).output
    )
    for line in printed.splitlines():
        assert not re.match(r" *[a-z]+(_[a-z]+)+ |(versions|devices|models|workspace|documents)$", line), line
    assert {"버전", "장치", "모델", "작업 공간", "문서"} <= set(printed.splitlines())


def test_what_reads_files_is_told(workspace: Path) -> None:
    found = doctor(workspace)[1]
    assert {"dochan", "pypdfium2", "selectolax"} <= set(found["versions"])
    recognised = found["devices"]["text_recognition"]
    assert (recognised is None) == (shutil.which("tesseract") is None)
    assert "text recognition" in run("doctor", "-w", workspace).output


def test_no_secret_is_shown(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (workspace / "groundtune.toml").open("a", encoding="utf-8") as file:
        file.write(SECRETS)
    monkeypatch.setenv("HOUSE_KEY", "sk-0123456789xyz")
    found = doctor(workspace)[1]["workspace"]["endpoints"]["house"]
    assert found == {
        "address": "https://••••@models.example/v1?••••", "key_variable": "HOUSE_KEY", "key_is_set": True,
    }  # fmt: skip
    for output in (run("doctor", "-w", workspace).output, run("doctor", "-w", workspace, "--json").output):
        assert "models.example" in output
        assert not any(secret in output for secret in ("secretpass", "abcdef", "yz", "user:"))


def test_programs_read_the_same_in_every_language(workspace: Path) -> None:
    words = ["doctor", "-w", str(workspace), "--json"]
    english, korean = (
        json.loads(CliRunner().invoke(root, words, env=ENVIRONMENT | {"GROUNDTUNE_LANG": lang}).stdout)
        for lang in ("en", "ko")
    )
    assert english == korean


def test_paths_and_settings_are_all_told(workspace: Path) -> None:
    found = doctor(workspace)[1]
    told = found["workspace"]
    for name in ("folder", "database", "models", "reports", "derived"):
        assert told[name].startswith(str(workspace))
    assert (told["answer_with"], told["lexical_weight"], told["analyser"]) == ("extractive", None, "bigram")
    assert told["documents"] == 2
    assert told["unfinished_runs"] == {"count": 0, "bytes": 0, "busy": 0}
    assert found["cache"]
    assert found["versions"].get("groundtune")


def test_the_embedder_that_was_switched_to_and_an_index_left_beside_are_told(workspace: Path) -> None:
    assert run("reindex", "--embedder", "fake:hash32", "--yes", "-w", workspace).exit_code == 0
    found = doctor(workspace)[1]["workspace"]
    assert (found["embedder"], found["unfinished_index"]) == ("fake:hash32", None)
    assert run("reindex", "--embedder", "fake:hash16", "-w", workspace).exit_code != 0, "nobody was there to say yes"
    found = doctor(workspace)[1]["workspace"]
    assert (found["embedder"], found["unfinished_index"]["passages"]) == ("fake:hash32", 2)
    assert "--discard" in run("doctor", "-w", workspace).output
