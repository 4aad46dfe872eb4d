"""Retrieval quality on public data, through the product's own store, index and search.

    python benchmarks/retrieval.py DATA_FOLDER [--set NAME …] [--cache FOLDER] [--pack hr]

Prints recall, MRR and nDCG of each leg, of the hybrid with its defaults, and of a fusion weight fitted on one half of
the cases and measured on the other; adds one JSON file to benchmarks/results/. Data that is not in DATA_FOLDER is named
and skipped. Vectors are kept in the cache folder, so that a second run needs none.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from groundtune.comparison.retrieval import RetrievalCase, fit_weight, half_of, measure, summarise
from groundtune.knowledge.add import add
from groundtune.knowledge.analyse import open_analyser
from groundtune.knowledge.index import PassageIndex
from groundtune.knowledge.search import Searcher
from groundtune.knowledge.synonyms import open_synonyms
from groundtune.models import open_embedder
from groundtune.models.protocols import Embedder, Vectors
from groundtune.packs import open_pack
from groundtune.progress import Bar, Progress
from groundtune.storage.database import Database
from groundtune.storage.documents import DocumentStore
from groundtune.workspace.retrieval import finders

_SAVE_SECONDS = 30
RESULTS = Path(__file__).parent / "results"


class CachedEmbedder:
    """Keeps an embedder's vectors on disk by the hash of the text."""

    def __init__(self, embedder: Embedder, folder: Path) -> None:
        self._embedder = embedder
        self.name, self.dimension, self.window = embedder.name, embedder.dimension, embedder.window
        self.count_tokens, self.token_offsets = embedder.count_tokens, embedder.token_offsets
        self._saved_at = time.perf_counter()
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{hashlib.sha256(embedder.name.encode()).hexdigest()[:16]}.npz"
        self._known: dict[str, Any] = {}
        if self._path.exists():
            held = np.load(self._path)
            self._known = dict(zip(held["keys"].tolist(), held["vectors"], strict=True))

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embed("q", texts, self._embedder.embed_queries)

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self._embed("p", texts, self._embedder.embed_passages)

    def _embed(self, kind: str, texts: Sequence[str], embed: Callable[[Sequence[str]], Vectors]) -> Vectors:
        keys = [hashlib.sha256(f"{kind}{text}".encode()).hexdigest() for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        if missing:
            began = time.perf_counter()
            self._known |= dict(zip(missing, embed(list(missing.values())), strict=True))
            if began - self._saved_at > _SAVE_SECONDS:
                self.save()
        return np.array([self._known[key] for key in keys], np.float32).reshape(len(keys), self.dimension)

    def save(self) -> None:
        self._saved_at = time.perf_counter()
        np.savez(self._path, keys=np.array(list(self._known)), vectors=np.array(list(self._known.values())))


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def hr_faq_en(data: Path) -> tuple[list[dict[str, Any]], list[RetrievalCase], int]:
    documents = []
    for row in rows(data / "hr_faq_en" / "passages.jsonl"):
        headings = [h for h in [*row["parents"], row["heading"]] if h and h != row["page_title"]]
        lead = "".join(f"{'#' * min(level, 6)} {words}\n\n" for level, words in enumerate(headings, start=2))
        documents.append({"id": row["id"], "title": row["page_title"], "text": lead + row["text"]})
    cases = [
        RetrievalCase(row["id"], row["question"], (row["gold_passage"],))
        for row in rows(data / "hr_faq_en" / "questions.jsonl")
    ]
    return documents, cases, 5


def ko_labor_qa_nodong(data: Path) -> tuple[list[dict[str, Any]], list[RetrievalCase], int]:
    documents = [
        {"id": row["id"], "title": row["law"], "text": article_text(row)}
        for row in rows(data / "ko_labor_law" / "articles_current.jsonl")
        if not row["deleted"]
    ]
    known = {document["id"] for document in documents}
    cases = []
    for row in rows(data / "ko_labor_qa_nodong" / "questions.jsonl"):
        relevant = tuple(name for name in dict.fromkeys(row["gold_articles_strict"]) if name in known)
        if relevant:
            cases.append(RetrievalCase(row["id"], row["question"], relevant))
    return documents, cases, 10


def korquad1_dev(data: Path) -> tuple[list[dict[str, Any]], list[RetrievalCase], int]:
    documents = [
        {"id": row["id"], "title": row["title"], "text": row["text"]}
        for row in rows(data / "korquad1_dev" / "passages.jsonl")
    ]
    cases = [
        RetrievalCase(row["id"], row["question"], (row["passage_id"],))
        for row in rows(data / "korquad1_dev" / "questions.jsonl")
    ]
    return documents, cases, 5


SETS = {"hr_faq_en": hr_faq_en, "ko_labor_qa_nodong": ko_labor_qa_nodong, "korquad1_dev": korquad1_dev}


def article_text(row: dict[str, Any]) -> str:
    lead = "".join(f"{part}\n\n" for part in (row.get("chapter"), row.get("section")) if part)
    title = f"({row['title']})" if row["title"] else ""
    return f"{lead}##### {row['article']}{title}\n\n{row['text']}"


def open_searcher(
    documents: list[dict[str, Any]], folder: Path, embedder: CachedEmbedder, analyser_name: str, pack: str | None = None
) -> tuple[Searcher, dict[str, Any]]:
    source = folder / "documents.jsonl"
    source.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in documents), "utf-8")
    store = DocumentStore(Database(folder / "groundtune.sqlite"))
    analyser = open_analyser(analyser_name)
    began = time.perf_counter()
    report = add([source], store=store, analyser=analyser, embedder=embedder, progress=Bar())
    assert not report.refused, report.refused[:3]
    about = {
        "documents": len(report.added),
        "revisions": report.revisions,
        "passages": report.passages,
        "seconds_adding": round(time.perf_counter() - began, 1),
        "embedder": embedder.name,
        "analyser": analyser.name,
        "pack": pack,
    }
    synonyms = open_synonyms([open_pack(pack).synonyms], analyser) if pack else None
    index = PassageIndex.open(store, folder / "index")
    return Searcher(store, index, analyser, embedder, synonyms=synonyms), about


def retrieval(
    name: str, data: Path, folder: Path, embedder: CachedEmbedder, analyser: str, pack: str | None
) -> dict[str, Any]:
    documents, cases, k = SETS[name](data)
    searcher, about = open_searcher(documents, folder, embedder, analyser, pack)
    progress = Bar()
    progress.start(name, 4 * len(cases))
    find = finders(searcher, k, None)
    arms = [measure(legs, cases, find.by_leg(legs), k, progress) for legs in ("lexical", "dense", "hybrid")]
    halves, fitted = fit_weight(cases, find.by_weight, k, progress)
    progress.finish()
    hybrid = arms[2]
    print(f"\n{name}: {about}")
    for figures in [*arms, *([fitted] if fitted else [])]:
        print(
            f"  {figures.arm:8} recall@{k} {show(figures.recall)}  MRR {show(figures.mrr)}  nDCG {show(figures.ndcg)}"
        )
    for half in (0, 1):
        part = summarise("hybrid", [case for case in hybrid.cases if half_of(case.case_id) == half], k)
        print(f"  hybrid, half {half} ({part.n} cases): recall@{k} {show(part.recall)}")
    for fit in halves:
        print(f"  weight {fit.weight} fitted on {fit.fitted_on}: {show(fit.other_half.recall)} on the other half")
    plain = [
        {key: value for key, value in asdict(arm).items() if key != "cases"}
        for arm in [*arms, *([fitted] if fitted else [])]
    ]
    ranks = {case.case_id: case.rank for case in hybrid.cases}
    return {
        "about": about,
        "k": k,
        "cases": len(cases),
        "arms": plain,
        "weights": [fit.weight for fit in halves],
        "hybrid_ranks": ranks,
    }


def as_of(data: Path, folder: Path, embedder: CachedEmbedder, analyser: str, pack: str | None) -> dict[str, Any]:
    """Dated versions of statutes: is the article asked for shown in the version in force on that day, and in no other?

    Where two versions state the same first day, the one promulgated later is taken.
    """
    documents: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows(data / "ko_labor_law" / "article_versions.jsonl"):
        name = f"{row['law']}|{row['article']}"
        title = f"{row['law']} {row['article']}" + (f"({row['title']})" if row["title"] else "")
        days = {"effective_from": row["effective_from"], "effective_to": row["effective_to"]}
        documents[name, row["effective_from"]] = {"id": name, "title": title, "text": row["text"] or "삭제", **days}
    searcher, about = open_searcher(list(documents.values()), folder, embedder, analyser, pack)
    store = DocumentStore(Database(folder / "groundtune.sqlite"))
    cases = list(rows(data / "ko_labor_law" / "asof_cases.jsonl"))
    counts = dict.fromkeys(("right_version_first", "right_version_found", "wrong_version_shown"), 0)
    for case in cases:
        wanted = f"{case['law']}|{case['article']}"
        question = f"{case['law']} {case['article']} {case['title'] or ''}"
        hits = searcher.search(question, k=10, as_of=date.fromisoformat(case["as_of"]))
        shown = {hit.passage.revision_id for hit in hits if hit.passage.document_id == wanted}
        right = {squeeze(store.revision(number).text) == squeeze(case["gold_text"]) for number in shown}
        counts["right_version_first"] += right == {True} and hits[0].passage.document_id == wanted
        counts["right_version_found"] += right == {True}
        counts["wrong_version_shown"] += False in right
    print(f"\nas-of: {about}\n  {len(cases)} cases: {counts}")
    return {"about": about, "cases": len(cases), **counts}


def squeeze(text: str) -> str:
    return "".join(text.split())


def show(interval: Any) -> str:
    return f"{interval.value:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--set", dest="sets", action="append", choices=[*SETS, "as_of"])
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "groundtune-vectors")
    parser.add_argument("--analyser", default="auto")
    parser.add_argument("--embedder", default="bundled:e5")
    parser.add_argument("--pack", help="the pack whose list of words questions are searched with")
    parser.add_argument("--no-result", action="store_true", help="print only")
    options = parser.parse_args()
    embedder = CachedEmbedder(open_embedder(options.embedder), options.cache)
    results: dict[str, Any] = {}
    for name in options.sets or [*SETS, "as_of"]:
        needed = options.data / ("ko_labor_law" if name == "as_of" else name)
        if not needed.is_dir():
            print(f"{name}: skipped, {needed} is not there", file=sys.stderr)
            continue
        with tempfile.TemporaryDirectory() as folder:
            run = as_of if name == "as_of" else lambda *rest, name=name: retrieval(name, *rest)
            results[name] = run(options.data, Path(folder), embedder, options.analyser, options.pack)
        embedder.save()
    if results and not options.no_result:
        when = datetime.now(UTC)
        path = RESULTS / f"retrieval-{when:%Y%m%dT%H%M%SZ}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            json.dumps({"at": when.isoformat(timespec="seconds"), **results}, ensure_ascii=False, indent=1) + "\n",
            "utf-8",
        )
        print(f"\nwrote {path}")


if __name__ == "__main__":
    main()
