"""Which files of a watched folder have changed and come to rest. Knows times and stamps, and asks no clock or disk.

A file that is being written is not read: it has come to rest when its stamp was the same for a while. So has a file
that is not there any more; many programs save by deleting and writing anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from groundtune.knowledge.folders import Stamp

QUIET_SECONDS = 0.2
LONG_QUIET_SECONDS = 1.5
"""For what is probably not whole yet: a big file comes in pieces, an empty one was just begun, one that is gone may
come back."""
_BIG_BYTES = 1 << 20
_NEVER = Stamp(-2, -2, -2, -2)
"""Equals no file's."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Files that came to rest: those that are there, and those that are not any more."""

    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(slots=True)
class Settling:
    """What was handed out, and what is waited for."""

    known: dict[str, Stamp] = field(default_factory=dict)
    """By path, the state that was handed out last."""
    _waiting: dict[str, tuple[Stamp | None, float]] = field(default_factory=dict)
    """By path, the state that was seen and since when, in seconds."""

    def look(self, seen: Mapping[str, Stamp], now: float) -> Settled:
        """Takes what a folder looks like `now`, in seconds; hands out each change once, when it has come to rest."""
        changed, gone = [], []
        for path in sorted(seen.keys() | self.known.keys() | self._waiting.keys()):
            stamp = seen.get(path)
            if stamp == self.known.get(path):
                self._waiting.pop(path, None)
                continue
            before, since = self._waiting.get(path, (stamp, now))
            if before != stamp:
                since = now
            if now - since < _quiet(stamp):
                self._waiting[path] = (stamp, since)
                continue
            self._waiting.pop(path, None)
            if stamp is None:
                del self.known[path]
                gone.append(path)
            else:
                self.known[path] = stamp
                changed.append(path)
        return Settled(tuple(changed), tuple(gone))

    def again(self, settled: Settled) -> None:
        """Hands these out once more, at the next look: what was to be done with them failed."""
        for path in settled.changed:
            self._waiting[path] = (self.known.pop(path, None), float("-inf"))
        for path in settled.gone:
            self.known[path], self._waiting[path] = _NEVER, (None, float("-inf"))


def _quiet(stamp: Stamp | None) -> float:
    return LONG_QUIET_SECONDS if stamp is None or not stamp.size or stamp.size >= _BIG_BYTES else QUIET_SECONDS
