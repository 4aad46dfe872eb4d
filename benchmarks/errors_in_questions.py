"""Questions as people type them: letters wrong, spaces lost, first consonants alone. The same errors at every run.

Measures nothing itself; ablation.py asks the changed questions.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Mapping

SHARE = 0.34
"""Of a question's longer words that get one error each, at least one."""
_HANGUL = re.compile(r"[가-힣]")
_KEYS = "abcdefghijklmnopqrstuvwxyz"
_AROUND = "sq vn xv sf wr dg fh gj uo hk jl k n bm ip o wa et ad ry yi cb qe zc tu x"
"""The keys beside each of them."""
_LEADS = {
    0: (1, 15), 1: (0,), 2: (6,), 3: (4, 16), 4: (3,), 5: (2,), 6: (2,), 7: (8, 17), 8: (7,), 9: (10,), 10: (9,),
    11: (18,), 12: (13, 14), 13: (12,), 14: (12,), 15: (0,), 16: (3,), 17: (7,), 18: (11,),
}  # fmt: skip
_VOWELS = {
    0: (2, 4), 1: (5, 3), 2: (0,), 3: (1,), 4: (6, 0), 5: (1, 7), 6: (4,), 7: (5,), 8: (12, 13), 9: (0,),
    10: (11,), 11: (15,), 12: (8,), 13: (17, 18), 14: (4,), 15: (11,), 16: (20,), 17: (13,), 18: (13, 20), 19: (20,),
    20: (18,),
}  # fmt: skip
"""Sounds that are taken for each other, by their number in Unicode."""
_COMMON = (
    "what when where which while would could should there their about have does with from this that your into they "
    "them then than will much many"
)
_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"


def letters_wrong(text: str) -> str:
    """One letter, or one sound of a syllable, wrong in a third of the longer words."""
    chance = _chance(text, "letters")
    words = list(re.finditer(r"[가-힣]{2,}" if _HANGUL.search(text) else r"[A-Za-z]{5,}", text))
    words = [match for match in words if match[0].lower() not in _COMMON.split() and not match[0].isupper()]
    for match in _some(words, chance):
        word = _syllable_wrong(match[0], chance) if _HANGUL.search(match[0]) else _letter_wrong(match[0], chance)
        text = text[: match.start()] + word + text[match.end() :]
    return text


def spaces_lost(text: str) -> str:
    """A third of the spaces."""
    for match in _some(list(re.finditer(r"\s+", text)), _chance(text, "spaces")):
        text = text[: match.start()] + text[match.end() :]
    return text


def no_spaces(text: str) -> str:
    return "".join(text.split())


def first_consonants(words: str) -> str:
    return "".join(_INITIALS[(ord(letter) - ord("가")) // 588] for letter in words if "가" <= letter <= "힣")


ERRORS: Mapping[str, Mapping[str, Callable[[str], str]]] = {
    "en": {"letters wrong": letters_wrong, "spaces lost": spaces_lost},
    "ko": {"letters wrong": letters_wrong, "spaces lost": spaces_lost, "no spaces": no_spaces},
}
"""By the question's language."""


def _chance(text: str, kind: str) -> random.Random:
    return random.Random(hashlib.sha256(f"{kind}{text}".encode()).digest())


def _some(places: list[re.Match[str]], chance: random.Random) -> list[re.Match[str]]:
    """A share of them, the last first."""
    if not places:
        return []
    chosen = chance.sample(places, max(1, round(len(places) * SHARE)))
    return sorted(chosen, key=lambda match: -match.start())


def _letter_wrong(word: str, chance: random.Random) -> str:
    """Another key, a letter left out, doubled, or swapped with the next."""
    at = chance.randrange(1, len(word))
    kind = chance.choice(("key", "missing", "doubled", "swapped"))
    if kind == "key":
        return (
            word[:at] + chance.choice(dict(zip(_KEYS, _AROUND.split(), strict=True))[word[at].lower()]) + word[at + 1 :]
        )
    if kind == "missing":
        return word[:at] + word[at + 1 :]
    if kind == "doubled":
        return word[:at] + word[at - 1] + word[at:]
    at = min(at, len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _syllable_wrong(word: str, chance: random.Random) -> str:
    at = chance.randrange(min(len(word), 3))
    number = ord(word[at]) - ord("가")
    lead, vowel, final = number // 588, number // 28 % 21, number % 28
    kind = chance.choice(("lead", "vowel", "vowel", "final"))
    if kind == "lead":
        lead = chance.choice(_LEADS[lead])
    elif kind == "vowel":
        vowel = chance.choice(_VOWELS[vowel])
    else:
        final = 0 if final else chance.choice((4, 16, 21))
    return word[:at] + chr(ord("가") + lead * 588 + vowel * 28 + final) + word[at + 1 :]
