"""A file that makes its reader hang, crash or swell costs itself and nothing else."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from groundtune.errors import BadDocument
from groundtune.knowledge.formats import bounded
from groundtune.knowledge.formats.bounded import Worker
from groundtune.knowledge.formats.reading import Limits
from tests.knowledge.formats import files
from tests.knowledge.test_load import pdf_with

READER = """
import json, os, signal, subprocess, sys, time
for line in sys.stdin:
    request = json.loads(line)
    what = open(request["path"]).read()
    if what == "hang" and request["structure"]:
        time.sleep(600)
    if what == "crash" or (what == "crash once" and not os.path.exists(request["path"] + ".seen")):
        open(request["path"] + ".seen", "w").close()
        os.abort()
    if what == "slow":
        for _ in range(4):
            time.sleep(0.2)
            print(json.dumps({"working": True}), flush=True)
    parts = [[f"{what} {os.getpid()}", None, ""]]
    if what == "starts another":
        other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], stdin=subprocess.DEVNULL)
        open(request["path"] + ".pid", "w").write(str(other.pid))
        time.sleep(600)
    if what == "half":
        print('{"parts": [["ha', end="", flush=True)
        os.abort()
    if what == "interrupted":
        os.kill(os.getppid(), signal.SIGINT)
        time.sleep(0.2)
    number = request["number"]
    if what == "late":
        print(json.dumps({"parts": [["of an earlier file", None, ""]], "number": number - 1}), flush=True)
    answer = {"parts": parts, "title": None, "notices": [], "properties": [], "number": number}
    print(json.dumps(answer), flush=True)
"""


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    """A worker whose reader does what the file says."""
    (tmp_path / "reader.py").write_text(READER)
    worker = Worker([sys.executable, str(tmp_path / "reader.py")])
    yield worker
    worker.close()


def read(worker: Worker, folder: Path, words: str, kind: str = "zip", seconds: float = 20) -> str:
    path = folder / f"{words}.x"
    path.write_text(words)
    return worker.read(kind, path, Limits(seconds=seconds)).parts[0].text


def test_one_process_reads_many_files(worker: Worker, tmp_path: Path) -> None:
    first, second = (read(worker, tmp_path, words) for words in ("one", "two"))
    assert first.split()[1] == second.split()[1]


def test_a_reader_that_hangs_is_ended_and_the_next_file_is_read(worker: Worker, tmp_path: Path) -> None:
    with pytest.raises(BadDocument, match=r"longer than .* seconds"):
        read(worker, tmp_path, "hang", seconds=0.3)
    assert read(worker, tmp_path, "next").startswith("next")


def test_a_reader_that_crashes_costs_its_own_file(worker: Worker, tmp_path: Path) -> None:
    assert read(worker, tmp_path, "before")
    with pytest.raises(BadDocument, match="exit code -6"):
        read(worker, tmp_path, "crash")
    assert read(worker, tmp_path, "after").startswith("after")


def test_a_reader_that_ends_in_the_middle_of_its_answer_costs_its_own_file(worker: Worker, tmp_path: Path) -> None:
    with pytest.raises(BadDocument, match="exit code -6"):
        read(worker, tmp_path, "half")
    assert read(worker, tmp_path, "after").startswith("after")


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="processes are waited for")
def test_with_a_reader_the_programs_that_it_started_are_ended(worker: Worker, tmp_path: Path) -> None:
    with pytest.raises(BadDocument, match="longer than"):
        read(worker, tmp_path, "starts another", seconds=1)
    with contextlib.suppress(ProcessLookupError):
        other = os.pidfd_open(int((tmp_path / "starts another.x.pid").read_text()))
        assert select.select([other], [], [], 10)[0], "it ended"
        os.close(other)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent")
def test_after_an_interrupt_the_next_file_has_its_own_text(worker: Worker, tmp_path: Path) -> None:
    earlier = signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite run in the background ignores it
    try:
        with pytest.raises(KeyboardInterrupt):
            read(worker, tmp_path, "interrupted")
    finally:
        signal.signal(signal.SIGINT, earlier)
    assert read(worker, tmp_path, "after").startswith("after")


def test_an_answer_to_another_question_is_not_taken(worker: Worker, tmp_path: Path) -> None:
    assert read(worker, tmp_path, "late").startswith("late")


def test_a_file_is_not_blamed_for_what_an_earlier_one_broke(worker: Worker, tmp_path: Path) -> None:
    assert read(worker, tmp_path, "before")
    assert read(worker, tmp_path, "crash once").startswith("crash once")


def test_of_a_pdf_whose_structure_takes_too_long_the_plain_text_is_read(worker: Worker, tmp_path: Path) -> None:
    assert read(worker, tmp_path, "hang", kind="pdf", seconds=0.5).startswith("hang")


def test_a_sign_of_life_gives_more_time(worker: Worker, tmp_path: Path) -> None:
    assert read(worker, tmp_path, "slow", seconds=0.6).startswith("slow")


def test_signs_of_life_do_not_give_time_without_end(worker: Worker, tmp_path: Path) -> None:
    (tmp_path / "slow.x").write_text("slow")
    with pytest.raises(BadDocument, match="longer than"):
        worker.read("zip", tmp_path / "slow.x", Limits(seconds=0.6, total_seconds=0.5))


@pytest.mark.skipif(sys.platform == "win32", reason="memory is not limited on Windows")
def test_a_file_that_needs_too_much_memory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(b"<!doctype html>" + b"<p>words" * (1 << 20))
    (tmp_path / "a.pdf").write_bytes(pdf_with("Fifteen days"))
    worker = Worker()
    try:
        with pytest.raises(BadDocument, match=r"memory|exit code|parse"):
            worker.read("html", tmp_path / "a.html", Limits(memory_bytes=150 << 20))
        assert worker.read("pdf", tmp_path / "a.pdf", Limits()).parts[0].text == "Fifteen days"
    finally:
        worker.close()


def test_pages_above_the_limit_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf_with("Fifteen days"))
    worker = Worker()
    try:
        with pytest.raises(BadDocument, match="1 pages; above 0"):
            worker.read("pdf", tmp_path / "a.pdf", Limits(pages=0))
    finally:
        worker.close()


def test_modules_beside_the_documents_are_never_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dochan.py").write_text("raise SystemExit('imported')")
    (tmp_path / "a.hwp").write_bytes(files.hwp(["words"]))
    monkeypatch.chdir(tmp_path)
    worker = Worker()
    try:
        assert worker.read("ole", tmp_path / "a.hwp", Limits()).parts[0].text == "words"
    finally:
        worker.close()


def test_the_reader_is_told_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "secret")
    monkeypatch.setenv("TESSDATA_PREFIX", "/usr/share/tessdata")
    told = "[[' '.join(sorted(os.environ)), None, '']]"
    number = "json.loads(line)['number']"
    answer = f"{{'parts': {told}, 'title': None, 'notices': [], 'properties': [], 'number': {number}}}"
    (tmp_path / "reader.py").write_text(
        f"import json, os, sys\nfor line in sys.stdin:\n    print(json.dumps({answer}), flush=True)\n"
    )
    worker = Worker([sys.executable, str(tmp_path / "reader.py")])
    try:
        told = read(worker, tmp_path, "x")
    finally:
        worker.close()
    assert "PATH" in told
    assert "TESSDATA_PREFIX" in told
    assert "SOME_API_KEY" not in told


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_a_forked_process_reads_by_a_reader_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.hwp").write_bytes(files.hwp(["words"]))
    assert bounded.read("ole", tmp_path / "a.hwp").parts[0].text == "words"
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = int(bounded.read("ole", tmp_path / "a.hwp").parts[0].text != "words")
            bounded._SHARED.close()
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    assert bounded.read("ole", tmp_path / "a.hwp").parts[0].text == "words"
