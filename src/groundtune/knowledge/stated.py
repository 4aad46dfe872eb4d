"""What a file states of its document: its id and title, when it is in force, who may read it, under which keys.

Keys are read as people write them, in English and Korean. One that nearly says who may read, or when, is an error: a
restricted page must not become public by a slip. Knows no format.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from groundtune.errors import BadDocument
from groundtune.i18n import t, t_in
from groundtune.knowledge.formats.front_matter import Entry
from groundtune.knowledge.standing import AUTHORITIES, authority_of, scope_of

_OWN = ("id", "title", "text", "language", "effective_from", "effective_to", "readers", "authority", "scope")
_KOREAN = {
    "제목": "title",
    "언어": "language",
    "시행일자": "effective_from",
    "시행일": "effective_from",
    "폐지일자": "effective_to",
    "폐지일": "effective_to",
    "열람그룹": "readers",
    "열람자": "readers",
    "열람대상": "readers",
    "열람권한": "readers",
    "문서등급": "authority",
    "적용범위": "scope",
}
_FIELDS = {name.replace("_", ""): name for name in _OWN} | _KOREAN
"""Own name of each key, by the key without case, spaces and signs."""

_GUARDED = ("readers", "effective_from", "effective_to")
"""What decides who sees a document, and when: never guessed, never passed over."""
_OTHER_WORDS = frozenset(
    {
        "viewers",
        "visibleto",
        "readableby",
        "readby",
        "acl",
        "allowedgroups",
        "permissions",
        "access",
        "공개범위",
        "공개대상",
        "접근권한",
    }
)
"""How other tools say who may read."""
_YEAR_MONTH_DAY = re.compile(r"(\d{4})(?:\s*년\s*|\s*[.]\s*|-)(\d{1,2})(?:\s*월\s*|\s*[.]\s*|-)(\d{1,2})\s*[일.]?")
"""2026-01-01, 2026.1.1, 2026. 1. 1., 2026년 1월 1일."""
_NOT_A_NAME = re.compile(r"[\[\]{}|<>\"“”]")


@dataclass(frozen=True, slots=True)
class Stated:
    """Values by our own names of the keys; `others` holds the rest. `lines` tells where each own key stands."""

    values: Mapping[str, Any] = field(default_factory=dict)
    others: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[str, int | None] = field(default_factory=dict)
    path: Path = Path()
    keys: Mapping[str, str] = field(default_factory=dict)
    """How each own key is written in the file."""

    def word(self, name: str) -> str | None:
        return word(self.values.get(name))

    def day(self, name: str) -> date | None:
        """Raises BadDocument for what is no date."""
        stated = self.word(name)
        if stated is None:
            return None
        try:
            parts = _YEAR_MONTH_DAY.fullmatch(stated)
            return date(*map(int, parts.groups())) if parts else date.fromisoformat(stated)
        except ValueError as error:
            reason = t("{name}: “{value}” is not a date; write it as 2026-11-22.", name=self._key(name), value=stated)
            raise self._bad(reason, name) from error

    def days(self) -> tuple[date | None, date | None]:
        """The first day of force and the first without. Raises BadDocument when there is none between them."""
        first, end = self.day("effective_from"), self.day("effective_to")
        if first is not None and end is not None and end <= first:
            reason = t(
                "{last_key} {end} is not after {first_key} {first}: it would never be in force.",
                last_key=self._key("effective_to"),
                end=end,
                first_key=self._key("effective_from"),
                first=first,
            )
            raise self._bad(reason, "effective_to")
        return first, end

    def readers(self) -> frozenset[str] | None:
        """Groups as a list or separated by commas; `None` where nothing is stated: everybody may read.

        Raises BadDocument for a key that names none: it would show to nobody or to all.
        """
        value = self.values.get("readers")
        if value is None:
            return None
        groups = re.split(r"[,，、;]", value) if isinstance(value, str) else value
        if not isinstance(groups, (list, tuple)) or not all(isinstance(group, str) for group in groups):
            reason = t(
                "“readers” must be names of groups, as a list or separated by commas; it is {kind}.", kind=_kind(value)
            )
            raise self._bad(reason, "readers")
        names = frozenset(group.strip() for group in groups if group.strip())
        if not names:
            raise self._bad(t("“readers” names no group. Leave it out where everybody may read."), "readers")
        for name in sorted(names):
            if _NOT_A_NAME.search(name):
                reason = t("“readers” must be names of groups; one of them holds a bracket, a bar or a quotation mark.")
                raise self._bad(reason, "readers")
        return names

    def standing(self) -> dict[str, str]:
        """Authority and scope, as far as they are stated. Raises BadDocument for what is neither."""
        found = {}
        value = self.values.get("authority")
        if value is not None:
            authority = authority_of(value)
            if authority is None:
                known = ", ".join(f"{name} ({t_in('ko', name)})" for name in AUTHORITIES)
                reason = t("“authority” must be one of: {known}. It is {kind}.", known=known, kind=_kind(value))
                raise self._bad(reason, "authority")
            found["authority"] = authority
        value = self.values.get("scope")
        if value is not None:
            scope = scope_of(value)
            if scope is None:
                reason = t(
                    "“scope” must be “key: value” pairs on one line, such as “country: KR, site: Seoul”, each key "
                    "once; it is {kind}.",
                    kind=_kind(value),
                )
                raise self._bad(reason, "scope")
            found["scope"] = scope
        return found

    def _key(self, name: str) -> str:
        return self.keys.get(name, name)

    def _bad(self, reason: str, name: str) -> BadDocument:
        return BadDocument(reason, path=self.path, line=self.lines.get(name))


def stated_in(entries: Iterable[Entry], path: Path) -> Stated:
    """What front matter states. Raises BadDocument with the line; see the module."""
    entries = tuple(entries)
    for entry in entries:
        if entry.nested:
            _refuse_below(entry.key, path, entry.line)
    return _stated([(entry.key, entry.value, entry.line) for entry in entries if not entry.nested], path)


def stated_in_row(row: Mapping[str, Any], path: Path, line: int) -> Stated:
    """What a JSON object states. Raises BadDocument with the line; see the module."""
    waiting = list(row.values())
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            for key in value:
                _refuse_below(key, path, line)
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return _stated([(key, value, line) for key, value in row.items()], path)


def stated_in_properties(properties: Iterable[tuple[str, str]], path: Path) -> Stated:
    """Who may read and when, from a file's own properties; whatever else these hold is a program's, not a person's."""
    return _stated([(key, value, None) for key, value in properties if is_guarded(key)], path)


def is_guarded(key: str) -> bool:
    """Whether a key decides who sees the document and when, or nearly does."""
    return own_name(key) in _GUARDED or _nearly(key) is not None


def own_name(key: str) -> str | None:
    return _FIELDS.get(_bare(key))


def _stated(pairs: Iterable[tuple[str, Any, int | None]], path: Path) -> Stated:
    values: dict[str, Any] = {}
    others: dict[str, Any] = {}
    lines: dict[str, int | None] = {}
    written: dict[str, str] = {}
    for key, value, line in pairs:
        name = own_name(key)
        if name is None:
            near = _nearly(key)
            if near is not None:
                raise BadDocument(
                    t(
                        "“{key}” is no key that is read, but is like “{name}”. Write {name}, or call it something "
                        "else: who may read a document, and when, is not guessed.",
                        key=key,
                        name=near,
                    ),
                    path=path,
                    line=line,
                )
            others[key] = value
            continue
        if name in values and values[name] != value:
            reason = t("“{key}” and “{other}” state the same thing twice. Keep one.", key=key, other=written[name])
            raise BadDocument(reason, path=path, line=line)
        values[name], lines[name], written[name] = value, line, key
    return Stated(values, others, lines, path, written)


def _refuse_below(key: str, path: Path, line: int) -> None:
    if is_guarded(key):
        reason = t("“{key}” stands below another key, where it is not read. Put it at the top level.", key=key)
        raise BadDocument(reason, path=path, line=line)


def _nearly(key: str) -> str | None:
    """The guarded name that an unknown key is most likely meant for."""
    bare = _bare(key)
    if own_name(key) is not None:
        return None
    if "reader" in bare or "열람" in bare or bare in _OTHER_WORDS:
        return "readers"
    if bare.startswith(("시행일", "시행날짜")):
        return "effective_from"
    if bare.startswith(("폐지일", "폐지날짜")):
        return "effective_to"
    for name, slips in (("readers", 1), ("effective_from", 2), ("effective_to", 2)):
        if bare[:1] in name[:2] and _slips(bare, name.replace("_", "")) <= slips:
            return name
    return None


def _bare(key: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKC", key).casefold() if letter.isalnum())


def _slips(one: str, other: str) -> int:
    """Letters to add, drop, change, or swap with their neighbour (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        earlier, before = before, row
        row = [i]
        for j, wanted in enumerate(other, start=1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _kind(value: object) -> str:
    """What a value is, in words that repeat nothing of it: refusals are kept, and what is in them may be personal."""
    if isinstance(value, str):
        return t("another text")
    if isinstance(value, (int, float)):
        return t("a number or true or false")
    return t("a list of other things") if isinstance(value, (list, tuple)) else t("an object with keys")


def word(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, (list, tuple)):
        return ", ".join(str(part) for part in value) or None
    if isinstance(value, (dict, bool)):
        return json.dumps(value, ensure_ascii=False)
    return str(value).strip() or None
