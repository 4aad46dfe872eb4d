"""Other words for what a question says, in its language and in another, from a list that a domain pack brings.

One group a line. "차고, 주차장, car park": whoever asks with one finds the others, too. "차 => 자동차": only
from left to right. What follows # is a remark. Knows the lists, not what they are about.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from groundtune.errors import BadData, BadInput
from groundtune.i18n import t
from groundtune.knowledge.analyse import Analyser

_HANGUL = re.compile(r"[가-힣]")
_WORD = re.compile(r"[^\W_가-힣]+")
_SURE = 3
"""Syllables from which a Korean word is believed to be meant wherever it stands: 보험 may be a part of another."""


@dataclass(frozen=True, slots=True)
class Group:
    said: tuple[str, ...]
    meant: tuple[str, ...]


def read_groups(path: Path) -> list[Group]:
    """The groups of a file; raises BadInput for what can't be read, BadData with the line for what is no group."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(t("The file can't be read: {error}", error=error), path=path) from error
    groups: list[Group] = []
    for number, line in enumerate(lines, start=1):
        words = line.partition("#")[0].strip()
        if not words:
            continue
        said, arrow, meant = (_listed(part) if part != "=>" else part for part in words.partition("=>"))
        if not said or (arrow and not meant) or (not arrow and len(said) < 2) or "=>" in "".join(meant):
            reason = t("“{line}” is no group of words: write “a, b, c”, or “a, b => c”.", line=words)
            raise BadData(reason, path=path, line=number)
        groups.append(Group(tuple(said), tuple(meant if arrow else said)))
    return groups


def _listed(part: str) -> list[str]:
    return [word for word in (" ".join(word.split()) for word in part.split(",")) if word]


def open_synonyms(files: Iterable[Path | None], analyser: Analyser) -> Synonyms | None:
    """The groups of those files that are there; `None` where there is none. Raises as `read_groups`."""
    groups = [group for file in files if file is not None and file.is_file() for group in read_groups(file)]
    return Synonyms(groups, analyser) if groups else None


class Synonyms:
    """Finds a list's words in questions: Korean ones however they are spaced, English ones in any of their forms."""

    def __init__(self, groups: Iterable[Group], analyser: Analyser) -> None:
        groups = list(groups)
        self.identity = hashlib.sha256(repr([(group.said, group.meant) for group in groups]).encode()).hexdigest()[:16]
        """Names what the lists hold, in their order."""
        self._analyser = analyser
        korean: dict[str, list[str]] = {}
        self._english: dict[tuple[str, ...], list[str]] = {}
        for group in groups:
            for word in group.said:
                others = [other for other in group.meant if other != word]
                if _HANGUL.search(word):
                    korean.setdefault(_closed_up(word), []).extend(others)
                else:
                    self._english.setdefault(self._stems(word), []).extend(others)
        self._korean = dict(sorted(korean.items(), key=lambda entry: -len(entry[0])))
        self._longest = max(map(len, self._english), default=0)
        self._terms: dict[str, tuple[str, ...]] = {}

    def of(self, text: str, tokens: Sequence[str]) -> list[str]:
        """Other words for those in `text`, each once; the longest of those that overlap is what is said. `tokens` are
        the text's terms.
        """
        found = [*self._in_korean(text, frozenset(tokens)), *self._in_english(text)]
        return list(dict.fromkeys(other for others in found for other in others))

    def terms(self, text: str, tokens: Sequence[str]) -> list[str]:
        """The terms that those words have and the text has not, each once."""
        own = frozenset(tokens)
        return list(dict.fromkeys(term for word in self.of(text, tokens) for term in self._of(word) if term not in own))

    def _of(self, word: str) -> tuple[str, ...]:
        """A word of the list is analysed once: many questions ask for it."""
        if word not in self._terms:
            self._terms[word] = self._analyser.tokens(word)
        return self._terms[word]

    def _in_korean(self, text: str, tokens: frozenset[str]) -> Iterator[list[str]]:
        if not _HANGUL.search(text):
            return
        text = unicodedata.normalize("NFKC", text).lower()
        places = [place for place, letter in enumerate(text) if not letter.isspace()]
        closed = "".join(text[place] for place in places)
        taken = bytearray(len(closed))
        for word, others in self._korean.items():
            at = closed.find(word)
            while at >= 0:
                end = at + len(word)
                begins = places[at] == 0 or not _HANGUL.match(text[places[at] - 1])
                if not any(taken[at:end]) and (begins or len(word) >= _SURE or word in tokens):
                    taken[at:end] = b"\1" * len(word)
                    yield others
                at = closed.find(word, at + 1)

    def _in_english(self, text: str) -> Iterator[list[str]]:
        stems = self._stems(text)
        at = 0
        while at < len(stems):
            for length in range(self._longest, 0, -1):
                others = self._english.get(stems[at : at + length])
                if others is not None:
                    yield others
                    at += length
                    break
            else:
                at += 1

    def _stems(self, text: str) -> tuple[str, ...]:
        return tuple(stem for word in _WORD.findall(text) for stem in self._analyser.tokens(word))


def _closed_up(word: str) -> str:
    return "".join(unicodedata.normalize("NFKC", word).lower().split())
