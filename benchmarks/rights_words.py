"""What `rights_machine.py` plants and looks for: words that stand in one revision alone, and two workspaces alike.

Measures nothing itself.
"""

from __future__ import annotations

import re
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from groundtune.knowledge.add import content_hash
from groundtune.knowledge.prepare import index_format
from groundtune.storage.codec import to_json
from groundtune.storage.documents import NewPassage
from groundtune.types import Document, Reader
from groundtune.workspace import Workspace

DAY = date(2026, 6, 1)
GROUPS = ("north", "south")
READERS = tuple(Reader(frozenset(groups)) for groups in ((), ("north",), ("south",), GROUPS))
TOPICS = (
    "The permit costs 35,000 won a month",
    "A borrowed book comes back after 21 days",
    "The gym opens at 06:30 on weekdays",
    "출장비는 하루 5만 원까지 지급합니다",
    "보안 교육은 매년 3월에 받아야 합니다",
    "방문자는 1층 안내 데스크에서 출입증을 받습니다",
    "The permit costs 40,000 won a month",
    "출장비는 하루 7만 원까지 지급하며 「출장」 제1조에 따릅니다",
)
QUERIES = (
    "What does the permit cost a month?",
    "After how many days does a book come back?",
    "출장비는 하루 얼마까지 지급하나요?",
    "보안 교육은 언제 받나요?",
    "permit gym 출입증",
    "leave 제3조는 무엇인가요?",
    "How much is the permitt?",
    "ㅊㅈㅂ 얼마?",
)
IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where the workspaces lie, if there is such a place: waiting for a disk proves nothing here."""
_WORD = re.compile("qz([a-p]+)zq|뷁([가-갏]+)뷁", re.IGNORECASE)
OF_READERS = ("search", "ask", "diff", "cases", "gaps", "answers")
"""Commands that act for a reader; the others are for who administers."""
_ROWS = {"passage_id", "revision_id", "id"}
_TIMES = {"timings_ms", "added_at"}
"""What may differ between two workspaces with the same documents: numbers of rows, and times."""


def canaries(number: int) -> tuple[str, str]:
    """Two words, Latin and Korean, that stand in one revision alone."""
    digits = f"{number:04x}"
    return (
        f"qz{''.join(chr(ord('a') + int(digit, 16)) for digit in digits)}zq",
        f"뷁{''.join(chr(ord('가') + int(digit, 16)) for digit in digits)}뷁",
    )


NAMES = tuple(
    f"{word}-{canaries(number)[0]}"
    for number, word in enumerate(("leave", "travel", "보안", "출장", "shifts", "badge"), start=1)
)
"""Ids of documents; each is a word that stands nowhere else, too."""


def numbers_in(text: str) -> set[int]:
    """Of the revisions whose canaries stand in `text`."""
    found = set()
    for latin, korean in _WORD.findall(unicodedata.normalize("NFC", text)):
        digits = [ord(c) - ord("a") for c in latin.lower()] if latin else [ord(c) - ord("가") for c in korean]
        found.add(int("".join(f"{digit:x}" for digit in digits), 16))
    return found


@dataclass
class Put:
    """One revision that was stored."""

    number: int
    document: Document = field(repr=False)
    passages: list[NewPassage] = field(repr=False)


def revision(number: int, name: str, topics: list[str], readers: frozenset[str] | None, start: int | None) -> Document:
    """A document's next state. `number` is what its canaries tell; `start` the first day of force, from DAY."""
    latin, korean = canaries(number)
    body = "\n\n".join(f"{topic} {latin}. {korean} 참고." for topic in topics)
    text = f"# 제{len(topics)}조 {korean}\n\n{body}\n\n| a | {latin} |\n|---|---|\n| b | {korean} |\n"
    day = None if start is None else DAY + timedelta(start)
    word = name.partition("-")[0]
    document = Document(
        name, f"{word} {latin}" if number % 2 else word, text, f"/somewhere/{korean}/page.md",
        "ko" if number % 2 else "en", day, readers=readers,
        metadata={"scope": f"site: {latin}", "authority": ("law", "rulebook", "guide")[number % 3]},
    )  # fmt: skip
    return document


def joined_bigrams(data: bytes) -> str:
    """The text that Hangul bigrams on lines of their own were made of: 뷁가, 가나, 나뷁 → 뷁가나뷁."""
    lines = data.decode("utf-8", "ignore").split("\n")
    return re.sub(r"(?<=[가-힣])\n_[가-힣](?=[가-힣])", "", "\n".join(lines))


def plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return to_json(value)


def comparable(value: Any) -> Any:
    """What a reader is given, without what names a workspace's own rows, and figures as far as they are exact."""

    def walk(item: Any) -> Any:
        if isinstance(item, dict):
            kept = {key: held for key, held in item.items() if key not in _TIMES}
            return {key: walk(held) for key, held in kept.items() if not (key in _ROWS and isinstance(held, int))}
        if isinstance(item, list):
            return [walk(held) for held in item]
        return round(item, 4) if isinstance(item, float) else item

    return walk({"": plain(value)})


def differences(ours: Any, theirs: Any, place: str = "") -> Iterator[str]:
    if isinstance(ours, dict) and isinstance(theirs, dict) and ours.keys() == theirs.keys():
        for key in ours:
            yield from differences(ours[key], theirs[key], f"{place}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for number, pair in enumerate(zip(ours, theirs, strict=True)):
            yield from differences(*pair, f"{place}[{number}]")
    elif ours != theirs:
        yield f"{place}: {ours!r} with them, {theirs!r} without"


def left_over(root: Path, numbers: set[int]) -> tuple[int, list[str]]:
    """How many bytes were read, and the files that hold a canary of one of these revisions, in whatever form."""
    size, left = 0, []
    for path in root.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            size += len(data)
            for text in (data.decode("utf-8", "ignore"), data.decode("utf-16-le", "ignore"), joined_bigrams(data)):
                if found := numbers_in(text) & numbers:
                    left.append(f"{path.name} still holds words of the revisions {sorted(found)}")
    return size, left


@contextmanager
def alone(workspace: Workspace, puts: Sequence[Put]) -> Iterator[Workspace]:
    """A workspace that has these revisions and nothing else."""
    with tempfile.TemporaryDirectory(prefix="rights-alone-", dir=IN_MEMORY) as folder:
        Workspace.create(Path(folder))
        made = Workspace(replace(workspace.settings, root=Path(folder)))
        for name in ("embedder", "analyser"):
            made.__dict__[name] = getattr(workspace, name)
        made.store.set_format(index_format(made.analyser, made.embedder))
        with made.store.together():
            for put in puts:
                document = replace(put.document, readers=None)
                made.store.put(document, put.passages, content_hash=content_hash(put.document), today=DAY)
        yield made
        made.database.close()
