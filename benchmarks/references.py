"""How many references between the articles of Korean statutes lead to the right article.

    python benchmarks/references.py DATA_FOLDER --json FILE [--sample 50]

DATA_FOLDER/ko_labor_law holds statutes as Markdown and, made apart from it, their articles as rows. Every reference in
every article is followed as an answer follows it, in a store that holds all statutes. By rule: where a row of the named
law and article exists, the quote that is shown must stand in that row; where none exists, nothing may be shown.
References of every form count: 「다른 법」 제N조, 법 제N조, 같은 조 제2항, 제1항 and the members of lists. `--sample`
prints some to be read by a person, who alone can tell whether a reference was read rightly.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

from groundtune.answering.references import excerpt, follow
from groundtune.knowledge.citations import Citation, citations
from groundtune.knowledge.clauses import clauses_in
from groundtune.knowledge.load import load
from groundtune.storage.database import Database
from groundtune.storage.documents import DocumentStore, IndexFormat, NewPassage
from groundtune.types import Document, Question, Revision, Span

DAY = date(2030, 1, 1)
"""All statutes of the folder are in force."""


@dataclass(frozen=True)
class Followed:
    law: str
    article: str
    citation: Citation
    words: str
    target: Revision | None
    quote: str | None
    expected: str | None
    """The row's text; `None` where there is no such row."""

    @property
    def verdict(self) -> str:
        if self.expected is None:
            return "no such row, nothing shown" if self.quote is None else "no such row, something shown"
        if self.quote is None:
            return "not found"
        return "right" if plain(self.quote) in plain(self.expected) else "wrong"


def plain(text: str) -> str:
    return re.sub(r"[\s*\\]|<[^<>]*>", "", text)


def store_of(folder: Path, documents: list[Document]) -> DocumentStore:
    store = DocumentStore(Database(folder / "statutes.sqlite"))
    store.set_format(IndexFormat("none", 1, "none"))
    for document in documents:
        passages = [NewPassage(Span(0, len(document.text)), ("x",), None)]
        store.put(document, passages, content_hash=document.id, today=DAY)
    return store


def followed(store: DocumentStore, rows: dict[tuple[str, str], str]) -> Iterator[Followed]:
    question = Question("", DAY)
    for info in store.documents():
        revision = store.revisions(info.id)[-1]
        own = clauses_in(revision.text)
        for match in re.finditer(r"^#{3,6} (제\d+조(?:의\d+)*)[^\n]*\n(.*?)(?=^#|\Z)", revision.text, re.M | re.S):
            for citation in citations(revision.text, match.start(2), match.end(2), own):
                if not citation.clause[0].startswith("제"):
                    continue
                target, place = follow(citation, revision, store, question)
                quote = None
                if target is not None and place is not None:
                    quote = target.text[slice(*excerpt(target.text, *place))]
                words = revision.text[max(match.start(2), citation.start - 60) : citation.end + 20]
                expected = expected_row(citation, revision, rows)
                yield Followed(revision.title, match[1], citation, words, target, quote, expected)


def expected_row(citation: Citation, revision: Revision, rows: dict[tuple[str, str], str]) -> str | None:
    """The row of the plainest reading: the law as written, or as the statute itself calls it, (이하 "…"이라 한다)."""
    name = citation.document or revision.title
    short = re.search(rf'「([^」]+)」\s?\(이하 "{re.escape(name)}"', revision.text)
    if short:
        name = short[1]
    elif name in ("법", "영", "법 시행령"):
        stem = re.sub(r" 시행(?:령|규칙)$", "", revision.title)
        name = {"법": stem, "영": f"{stem} 시행령", "법 시행령": f"{stem} 시행령"}[name]
    return rows.get((re.sub(r"\s", "", name), citation.clause[0]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--sample", type=int, default=0, help="references to print, to be read")
    parser.add_argument("--doubtful", action="store_true", help="print those that the rule doesn't call right")
    chosen = parser.parse_args()
    folder = chosen.data / "ko_labor_law"
    rows = {}
    for line in (folder / "articles_current.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        rows[re.sub(r"\s", "", row["law"]), row["article"]] = row["text"]
    paths = sorted((folder / "current").glob("*.md"))
    documents = [document for path in paths for document in load(path, document_id=path.stem)]
    with tempfile.TemporaryDirectory() as scratch:
        store = store_of(Path(scratch), documents)
        start = perf_counter()
        found = list(followed(store, rows))
        spent = perf_counter() - start
    verdicts = Counter(one.verdict for one in found)
    kinds = Counter(
        ("another law" if one.citation.document else "its own", len(one.citation.clause), one.verdict) for one in found
    )
    result: dict[str, Any] = {
        "statutes": len(documents),
        "references": len(found),
        "verdicts": dict(verdicts),
        "by_kind": {f"{whose}, {depth} deep, {verdict}": n for (whose, depth, verdict), n in sorted(kinds.items())},
        "ms_each": round(1000 * spent / len(found), 2),
    }
    print(json.dumps(result, ensure_ascii=False, indent=2))
    if chosen.json:
        chosen.json.write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n", "utf-8")
    doubtful = [one for one in found if one.verdict in ("wrong", "not found", "no such row, something shown")]
    for one in random.Random(7).sample(found, chosen.sample) + (doubtful if chosen.doubtful else []):
        print(f"\n{one.law} {one.article}: …{' '.join(one.words.split())}…")
        print(f"  → {one.citation.document or '(own)'} {' '.join(one.citation.clause)}  [{one.verdict}]")
        print(f"  {one.target.title if one.target else None}: {' '.join((one.quote or '–').split())[:160]}")


if __name__ == "__main__":
    main()
