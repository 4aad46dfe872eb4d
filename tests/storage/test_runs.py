"""Two processes never work in one run's folder, and what was left behind is found and removed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from groundtune.errors import UsageError
from groundtune.storage import runs

HOLD = """
import sys
from pathlib import Path
from groundtune.storage import runs
with runs.held(Path(sys.argv[1])) as folder:
    (folder / "checkpoint.pt").write_bytes(b"1234")
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ".runs" / "my-jobs-0123abcd"


def other_process(folder: Path) -> subprocess.Popen[str]:
    """A process that holds the folder until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_told_who_works_there_and_a_killed_one_leaves_the_folder_free(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDTUNE_LANG", "en")
    process = other_process(folder)
    try:
        with pytest.raises(UsageError, match=rf"“my-jobs” is being tuned .* by process {process.pid} on .* since 20"):
            runs.held(folder).__enter__()
        (run,) = runs.unfinished(folder.parent)
        assert run.holder is not None
        assert (run.name, run.bytes, run.holder.pid) == ("my-jobs", 4, process.pid)
        assert runs.remove(folder.parent) == ()
    finally:
        process.kill()
        process.communicate()
    with runs.held(folder) as mine:
        assert (mine / "checkpoint.pt").read_bytes() == b"1234"
        (run,) = runs.unfinished(folder.parent)
        assert run.holder is not None
        assert run.holder.pid == os.getpid()


def test_what_nobody_works_on_is_removed_with_its_lock(folder: Path) -> None:
    with runs.held(folder) as mine:
        (mine / "checkpoint.pt").write_bytes(b"12")
    (run,) = runs.unfinished(folder.parent)
    assert (run.bytes, run.holder) == (2, None)
    assert [one.folder for one in runs.remove(folder.parent)] == [folder]
    assert list(folder.parent.iterdir()) == []


def test_looking_at_a_run_does_not_keep_others_from_it(folder: Path) -> None:
    with runs.held(folder):
        pass
    runs.unfinished(folder.parent)
    with runs.held(folder):
        assert folder.is_dir()


def test_a_workspace_without_runs_has_none(tmp_path: Path) -> None:
    assert runs.unfinished(tmp_path / ".runs") == runs.remove(tmp_path / ".runs") == ()


def test_files_that_a_run_replaces_while_they_are_counted_do_no_harm(folder: Path) -> None:
    folder.mkdir(parents=True)
    for number in range(5):
        (folder / f"{number}").write_bytes(b"1234")
    found = runs._files(folder)
    next(found)
    for file in folder.iterdir():
        file.unlink()
    assert list(found) == []
