"""Reads files in a process of its own, which is ended and started anew when a file makes it hang, crash or swell.

A parser takes its own process with it and nothing else: the other files go in, and the reason is told. One process
reads many files, so that each costs what reading costs and no start of Python. Knows no format.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from groundtune.errors import BadDocument
from groundtune.i18n import t
from groundtune.knowledge.formats.reading import Limits, Reading, Request

_CHILD = (sys.executable, "-P", "-m", "groundtune.knowledge.formats.child")
"""-P: nothing is imported from the folder where the command happens to run."""
_KNOWN = re.compile(
    r"PATH|PYTHON\w*|VIRTUAL_ENV|LD_LIBRARY_PATH|LANG|LC_\w+|GROUNDTUNE_LANG|TMPDIR|TEMP|TMP|SYSTEMROOT|TZ|TESSDATA_PREFIX"
)
"""What the process that reads is told of the environment. Keys and addresses are none of its business."""


def read(kind: str, path: Path, limits: Limits | None = None) -> Reading:
    """Reads one file by the process that all callers share. Raises BadDocument with the reason."""
    return _SHARED.read(kind, path, limits or Limits())


class Worker:
    """The process that reads, started when the first file comes. Safe to use from several threads, one at a time."""

    def __init__(self, command: Sequence[str] = _CHILD) -> None:
        self._command = command
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._fresh = True
        self._asked = 0

    def read(self, kind: str, path: Path, limits: Limits) -> Reading:
        """The reading of `path`. Raises BadDocument with the reason, and leaves a worker that reads the next file."""
        request = Request(kind, str(path.resolve()), limits)
        with self._lock:
            answer = self._ask(request)
            if answer is None or answer.get("out_of_memory"):
                answer = self._once_more(request, answer)
        if answer is None:
            raise BadDocument(self._why, path=path)
        if answer.get("problem") is not None:
            raise BadDocument(answer["problem"], path=path)
        return Reading.from_json(answer)

    def close(self) -> None:
        """Ends the process; the next file starts another."""
        with self._lock:
            self._end()

    def forget(self) -> None:
        """Leaves the process to whoever started it: for a copy of this one that was forked."""
        self._lock, self._process = threading.Lock(), None

    def _once_more(self, request: Request, answer: dict[str, Any] | None) -> dict[str, Any] | None:
        """In a new process, when an earlier file may be to blame; of a PDF the plain text, when its structure may."""
        blame_earlier = not self._was_fresh and not self._timed_out
        if not blame_earlier and request.kind != "pdf":
            return answer
        self._end()
        plain = Request(request.kind, request.path, request.limits, structure=blame_earlier)
        again = self._ask(plain)
        if again is None and blame_earlier and request.kind == "pdf":
            again = self._ask(Request(request.kind, request.path, request.limits, structure=False))
        return again

    def _ask(self, request: Request) -> dict[str, Any] | None:
        """The process's answer; `None`, with the reason in `_why`, when there is none and the process is gone."""
        self._timed_out, self._was_fresh = False, self._fresh or self._process is None
        process = self._running()
        self._fresh = False
        self._asked += 1
        try:
            return self._answer(process, request)
        except BaseException:  # such as Ctrl-C: an answer that is still to come is no answer to the next question
            self._end()
            raise

    def _answer(self, process: subprocess.Popen[bytes], request: Request) -> dict[str, Any] | None:
        assert process.stdin is not None
        with contextlib.suppress(OSError):  # when it is gone already, waiting for its answer finds that out
            process.stdin.write(json.dumps(request.to_json() | {"number": self._asked}).encode() + b"\n")
            process.stdin.flush()
        end = time.monotonic() + request.limits.total_seconds
        while True:
            seconds = min(request.limits.seconds, request.limits.total_seconds)
            try:
                line = self._lines.get(timeout=max(0.0, min(seconds, end - time.monotonic())))
            except queue.Empty:
                self._timed_out = True
                if seconds > end - time.monotonic():
                    seconds = request.limits.total_seconds
                self._why = t("Reading took longer than {seconds} seconds.", seconds=round(seconds))
                self._end()
                return None
            if not line.endswith(b"\n"):  # it ended, perhaps in the middle of its answer
                code = process.wait()
                self._why = t(
                    "The file made its reader fail (exit code {code}); it may be damaged or too big.", code=code
                )
                self._end()
                return None
            answer: dict[str, Any] = json.loads(line)
            if "working" not in answer and answer["number"] == self._asked:
                return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={name: value for name, value in os.environ.items() if _KNOWN.fullmatch(name)},
                start_new_session=True,  # Ctrl-C is for us; we end it
            )
            self._lines, self._fresh = queue.SimpleQueue(), True
            threading.Thread(target=_pump, args=(self._process.stdout, self._lines), daemon=True).start()
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            if sys.platform == "win32":
                process.kill()
            elif process.returncode is None:  # with the programs that it started, such as tesseract
                with contextlib.suppress(OSError):  # it is gone already
                    os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if process.stdin is not None:
                with contextlib.suppress(OSError):  # what was never read can't be flushed to a process that is gone
                    process.stdin.close()


def _pump(stream: Any, lines: queue.SimpleQueue[bytes]) -> None:
    """Moves lines from the process to whoever waits for them, with a limit of time; an empty one says that it ended."""
    with stream:
        for line in stream:
            lines.put(line)
    lines.put(b"")


_SHARED = Worker()
atexit.register(_SHARED.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_SHARED.forget)
