"""The front matter of a text: `key: value` lines between two lines of ---. Nothing of it is passed over in silence.

A line that isn't understood may be the one that says who may read the document, so it is an error with its number.
Knows YAML's single words and lists at the top level; what is nested is left out, unless it says who may read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from groundtune.errors import BadDocument
from groundtune.i18n import t

_KEY = re.compile(r"^([^\s:#\-\[{|>][^:]*?)\s*:(?:\s+(.*))?$")
_ITEM = re.compile(r"^\s*-(?:\s+(.*))?$")
_KEY_ANYHOW = re.compile(r"^[\s\-*]*([^\s:=：][^:=：]*?)\s*[:=：]")
"""Whatever a person may have meant as a key."""
_OPEN = re.compile(r"\A\s*---[ \t]*\n")
_CLOSE = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_TOML = re.compile(r"\A\s*\+\+\+[ \t]*\n.*?^\+\+\+[ \t]*$", re.MULTILINE | re.DOTALL)

Value = str | tuple[str, ...]
"""A word, or a list; () for a key with nothing."""


@dataclass(frozen=True, slots=True)
class Entry:
    key: str
    value: Value
    line: int
    """From 1."""
    nested: bool = False
    """Below another key: its value isn't read."""


def split_front_matter(text: str, path: Path) -> tuple[tuple[Entry, ...], str]:
    """What the front matter states, and the text after it. Without one: nothing, and the text.

    Two rules of --- around prose are no front matter. Raises BadDocument for one that isn't closed, or holds a line
    that can't be read.
    """
    if _TOML.match(text):
        raise BadDocument(t("Front matter between +++ isn't read. Write “key: value” between ---."), path=path, line=1)
    opened = _OPEN.match(text)
    if opened is None:
        return (), text
    first = text[: opened.end()].count("\n") + 1
    closed = _CLOSE.search(text, opened.end())
    lines = text[opened.end() : closed.start() if closed else len(text)].split("\n")
    if not _begins_with_a_key(lines):
        return (), text
    if closed is None:
        raise BadDocument(
            t("The front matter that begins here is not closed. Put --- on a line after it."), path=path, line=first - 1
        )
    return tuple(_entries(lines, first, path)), text[closed.end() :].lstrip("\n")


def _begins_with_a_key(lines: list[str]) -> bool:
    for line in lines:
        if line.strip() and not line.lstrip().startswith("#"):
            return _KEY_ANYHOW.match(line) is not None
    return False


def _entries(lines: list[str], first: int, path: Path) -> Iterator[Entry]:
    open_entry: Entry | None = None
    for number, line in enumerate(lines, start=first):
        item = _ITEM.match(line)
        match = _KEY.match(line)
        if not line.strip() or line.lstrip().startswith("#") or line.strip() in ("]", "}", "],", "},"):
            continue
        if match:
            if open_entry:
                yield open_entry
            open_entry = Entry(match.group(1), _value((match.group(2) or "").strip()), number)
        elif open_entry is None or not (item or line[0].isspace()):
            raise BadDocument(
                t("This line of the front matter can't be read: “{line}”. Write “key: value”.", line=line.strip()[:80]),
                path=path,
                line=number,
            )
        elif item and isinstance(open_entry.value, tuple) and not _KEY.match(item.group(1) or ""):
            word = _unquote(item.group(1) or "")
            open_entry = Entry(open_entry.key, (*open_entry.value, word), open_entry.line)
        else:
            nested = _KEY_ANYHOW.match(line)
            if nested:
                yield Entry(nested.group(1), (), number, nested=True)
    if open_entry:
        yield open_entry


def _value(raw: str) -> Value:
    if raw.startswith("["):
        listed = raw.partition(" #")[0].rstrip()
        if listed.endswith("]"):
            return tuple(_unquote(part) for part in listed[1:-1].split(",") if part.strip())
    return _unquote(raw) if raw else ()


def _unquote(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value.partition(" #")[0].strip()
