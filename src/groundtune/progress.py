"""Progress that a person sees, and how long work is stopped. Knows nothing of what is being done."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Protocol


class Progress(Protocol):
    """What long work reports to: how many steps there are, how many are done, and a few words on the state."""

    def start(self, what: str, total: int) -> None: ...

    def advance(self, steps: int = 1, note: str = "") -> None: ...

    def finish(self) -> None: ...


class Silent:
    """Reports nothing."""

    def start(self, what: str, total: int) -> None:
        pass

    def advance(self, steps: int = 1, note: str = "") -> None:
        pass

    def finish(self) -> None:
        pass


class Bar:
    """A bar with the time left on the terminal's error stream; a line now and then where that is not a terminal."""

    def __init__(self) -> None:
        self._bar: Any = None

    def start(self, what: str, total: int) -> None:
        self.finish()
        if not sys.stderr.isatty():
            self._bar = _Lines(what, total)
            return
        from tqdm import tqdm

        self._bar = tqdm(
            total=total,
            desc=what,
            file=sys.stderr,
            leave=True,
            dynamic_ncols=True,
            mininterval=0.2,
            bar_format="{l_bar}{bar:24}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}{postfix}]",
        )

    def advance(self, steps: int = 1, note: str = "") -> None:
        if self._bar is not None:
            if note:
                self._bar.set_postfix_str(note, refresh=False)
            self._bar.update(steps)

    def finish(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class _Lines:
    """What `Bar` uses of a bar, as whole lines: one at the end, and one a quarter of a minute."""

    _SECONDS = 15

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total, self._done, self._note = what, total, 0, ""
        self._said_at = time.monotonic()

    def set_postfix_str(self, note: str, refresh: bool) -> None:
        self._note = f" ({note})"

    def update(self, steps: int) -> None:
        self._done += steps
        if time.monotonic() - self._said_at >= self._SECONDS and self._done < self._total:
            self._say()

    def close(self) -> None:
        if self._total:
            self._say()

    def _say(self) -> None:
        self._said_at = time.monotonic()
        print(f"{self._what}: {self._done}/{self._total}{self._note}", file=sys.stderr, flush=True)


@contextmanager
def stoppable() -> Iterator[threading.Event]:
    """An event that Ctrl-C or SIGTERM sets, so that long work ends at its next safe place.

    A second Ctrl-C ends at once. Outside the main thread signals can't be caught: there the event
    is never set by itself.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def ask(signum: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
