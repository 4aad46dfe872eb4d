"""How much a document counts, and for whom: its authority, one of four, and its scope, free “key: value” pairs.

Both are kept in a revision's metadata, in one spelling. Knows no document.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from groundtune.i18n import language, t_in

AUTHORITIES = ("law", "collective agreement", "rulebook", "guide")
"""The highest first."""
_NAMES = {
    "law": "law",
    "statute": "law",
    "법령": "law",
    "법률": "law",
    "collectiveagreement": "collective agreement",
    "단체협약": "collective agreement",
    "rulebook": "rulebook",
    "규정": "rulebook",
    "취업규칙": "rulebook",
    "guide": "guide",
    "안내": "guide",
    "안내서": "guide",
    "notice": "guide",
    "공지": "guide",
}
_PAIR = re.compile(r"([^:：,;{}\[\]\"]+?)\s*[:：]\s*([^:：,;{}\[\]\"]+)")


def authority_of(value: object) -> str | None:
    """The authority that a word names, in English or Korean; `None` for any other."""
    if not isinstance(value, str):
        return None
    return _NAMES.get("".join(letter for letter in unicodedata.normalize("NFKC", value).casefold() if letter.isalnum()))


def rank_of(authority: str | None) -> int | None:
    """0 for what counts the most; `None` where it isn't stated."""
    return AUTHORITIES.index(authority) if authority in AUTHORITIES else None


def scopes_of(scope: str | None) -> dict[str, str]:
    """A scope in its one spelling to its pairs; what is no pair says nothing."""
    pairs = (pair.partition(": ") for pair in (scope or "").split(", "))
    return {key: held for key, sign, held in pairs if sign}


def scope_of(value: object) -> str | None:
    """“country: KR, site: Seoul” in one spelling, from text, a list of pairs or a JSON object.

    `None` for what is no list of pairs, or names one key twice.
    """
    pairs: Sequence[object]
    if isinstance(value, Mapping):
        pairs = [f"{key}: {held}" if isinstance(held, (str, int)) else held for key, held in value.items()]
    elif isinstance(value, str):
        pairs = re.split(r"[,，、;]", value.strip().rstrip(",;"))
    elif isinstance(value, (list, tuple)):
        pairs = value
    else:
        return None
    found: dict[str, str] = {}
    for pair in pairs:
        match = _PAIR.fullmatch(pair.strip()) if isinstance(pair, str) else None
        if match is None or match[1].strip() in found:
            return None
        found[match[1].strip()] = match[2].strip()
    return ", ".join(f"{key}: {held}" for key, held in found.items()) or None


def describe(metadata: Mapping[str, str], lang: str | None = None) -> str:
    """Authority and scope for a person, in `lang` or by default the reader's language; empty where none is stated."""
    authority = authority_of(metadata.get("authority"))
    said = t_in(lang or language(), authority) if authority else None
    return " · ".join(filter(None, (said, metadata.get("scope"))))
