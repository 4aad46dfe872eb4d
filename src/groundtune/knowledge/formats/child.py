"""The process that reads: one request a line on standard input, one answer a line, of the same number, on output.

It limits its own memory and processor time, and ends when the process that asked is gone. Only `bounded` starts it.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from dataclasses import replace
from typing import Any, BinaryIO

from groundtune.i18n import t
from groundtune.knowledge.formats.reading import Alive, Limits, Reading, Request, Unreadable
from groundtune.knowledge.formats.seen import printable


def read(request: Request, alive: Alive) -> Reading:
    """Reads one file here, in this process. Raises Unreadable; a parser may raise anything."""
    from groundtune.knowledge.formats.properties import properties_of
    from groundtune.knowledge.formats.readers import read_path

    reading = replace(read_path(request, alive), properties=properties_of(request.kind, request.path))
    if sum(len(part.text) for part in reading.parts) > request.limits.characters:
        raise Unreadable(
            t("Its text is longer than {limit} million characters.", limit=request.limits.characters // 1_000_000)
        )
    return reading


def answer(request: Request, alive: Alive) -> dict[str, Any]:
    """The reading, or the problem in words."""
    try:
        return read(request, alive).to_json()
    except Unreadable as error:
        return {"problem": printable(error.reason)}
    except MemoryError:
        return {"problem": t("Reading it needs too much memory."), "out_of_memory": True}
    except RecursionError:
        return {"problem": t("The file is damaged: {error}", error=t("it is nested too deeply"))}
    except Exception as error:  # of a parser on a strange file: it costs this file, and the reason is told
        return {"problem": t("The file is damaged: {error}", error=printable(str(error)) or type(error).__name__)}


def limit(limits: Limits) -> None:
    """Bounds this process: memory for good, processor time from here on."""
    try:
        import resource
    except ImportError:  # Windows: time alone is limited, from outside
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = limits.memory_bytes if hard == resource.RLIM_INFINITY else min(limits.memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    seconds = int(usage.ru_utime + usage.ru_stime + limits.total_seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (seconds if hard == resource.RLIM_INFINITY else min(seconds, hard), hard))


def main() -> None:
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a parser prints is no answer
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, waiting), daemon=True).start()
    while True:
        asked = json.loads(waiting.get())
        request = Request.from_json(asked)
        limit(request.limits)
        found = answer(request, alive=lambda: _write(out, {"working": True}))
        _write(out, found | {"number": asked["number"]})


def _listen(stream: BinaryIO, waiting: queue.SimpleQueue[bytes]) -> None:
    for line in stream:
        waiting.put(line)
    os._exit(0)  # whoever asked is gone, and so is the reason for any reading that still goes on


def _write(out: BinaryIO, plain: dict[str, Any]) -> None:
    out.write(json.dumps(plain).encode() + b"\n")
    out.flush()


if __name__ == "__main__":
    main()
