"""Korean given by first consonants alone, as in ㅇㅇㅎㅈ, read as a title or heading that a reader may see: 육아휴직.

Knows no ranking.
"""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Iterable, Iterator

_LEADS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_RUN = re.compile(rf"(?<![ㄱ-ㅣ가-힣])[{_LEADS}]{{2,20}}(?![ㄱ-ㅣ가-힣])")
_WORDS = re.compile(r"[가-힣]+(?:[ ·ㆍ][가-힣]+)*")
_NUMBER = re.compile(r"제\s?\d+\s?[조항호편장절관](?:의\s?\d+)*|부칙|별표")
_SYLLABLES_OF_LEAD = 588
_MOST = 3
"""Names that a run is read as, where several fit alike."""


def runs(text: str) -> list[re.Match[str]]:
    """Where `text` has first consonants. One of them repeated, as in ㅋㅋㅋ, is laughter."""
    return [match for match in _RUN.finditer(text) if len(set(match[0])) > 1]


class Names:
    """The first consonants of names: titles and headings, each as often as passages stand below it."""

    def __init__(self, names: Iterable[str]) -> None:
        counts = Counter(phrase for name in names for phrase in _phrases(name))
        self._known = [("".join(map(_lead, phrase.replace(" ", ""))), -n, phrase) for phrase, n in counts.items()]

    def spelt_out(self, text: str) -> str:
        """`text` with its first consonants as the names that they stand for; the same where none fits.

        A name whose first consonants are these goes before one that begins with them, and that before one that holds
        them; among equals the one above more passages.
        """
        for match in reversed(runs(text)):
            fits = ((_fit(match[0], leads), count, phrase) for leads, count, phrase in self._known)
            best = heapq.nsmallest(_MOST, ((fit, count, phrase) for fit, count, phrase in fits if fit is not None))
            alike = [phrase for fit, _, phrase in best if fit == best[0][0]]
            if alike:
                text = f"{text[: match.start()]}{' '.join(alike)}{text[match.end() :]}"
        return text


def _phrases(name: str) -> Iterator[str]:
    """The Korean phrases of a heading, without its number: 제23조(해고 등의 제한) is 해고 등의 제한."""
    for match in _WORDS.finditer(_NUMBER.sub("", name)):
        yield re.sub(r"[ ·ㆍ]+", " ", match[0]).removesuffix(" 등")


def _fit(run: str, leads: str) -> int | None:
    """0 the whole, 1 its beginning, 2 a part of it."""
    if leads == run:
        return 0
    return 1 if leads.startswith(run) else 2 if len(run) > 2 and run in leads else None


def _lead(syllable: str) -> str:
    return _LEADS[(ord(syllable) - ord("가")) // _SYLLABLES_OF_LEAD]
