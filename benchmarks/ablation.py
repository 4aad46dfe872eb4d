"""What each step of finding passages is worth: every step alone on top of plain search, on public questions.

    python benchmarks/ablation.py DATA_FOLDER --set NAME [--cache FOLDER]
    python benchmarks/ablation.py DATA_FOLDER --set NAME [--cache FOLDER] --confirm

The questions are split by a hash of their ids. The first command tries every step on the development half, each
compared with plain search question by question (95 % intervals by resampling); what was kept was chosen there. The
second measures plain search and the product as it is, on that half and on the other, and the same questions with
errors in them. Each adds one JSON file to benchmarks/results/. The sets "handbook" are the HR pack's own sample, asked
in one language and written in one; all their questions are for development.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from ablation_steps import PLAIN, STEPS, Step, Tried
from errors_in_questions import ERRORS, first_consonants
from retrieval import RESULTS, SETS, CachedEmbedder, rows

from groundtune.comparison.retrieval import RetrievalCase, RetrievalFigures, half_of, measure
from groundtune.comparison.statistics import difference_interval
from groundtune.knowledge.analyse import Analyser, open_analyser
from groundtune.knowledge.index import PassageIndex
from groundtune.knowledge.load import detect_language
from groundtune.knowledge.prepare import Prepared, analysed_terms, embedded_text, index_format, prepare
from groundtune.knowledge.search import Searcher
from groundtune.knowledge.split import body
from groundtune.knowledge.synonyms import open_synonyms
from groundtune.models import open_embedder
from groundtune.packs import open_pack
from groundtune.storage.database import Database
from groundtune.storage.documents import DocumentStore, NewPassage
from groundtune.types import Document, Hit, Span

SAMPLE_DAY = date(2026, 11, 22)
_MOST = 400
"""Questions of a half."""
_EMBEDDED_ANEW = 1000
"""Documents up to which a step that changes what is embedded is tried."""
_NAMES = 200
"""Titles and headings that are asked for by their first consonants."""

Ids = Callable[[Hit], tuple[str, ...]]


class World:
    """One set's passages, stored once for each way of making their terms; its cases in two halves."""

    def __init__(self, documents: Sequence[Document], cases: Sequence[RetrievalCase], k: int, ids: Ids) -> None:
        self.documents, self.k, self.ids = documents, k, ids
        self.halves = [[case for case in cases if half_of(case.id) == half][:_MOST] for half in (0, 1)]
        self._searchers: dict[str, Searcher] = {}

    def searcher(self, fields: str, folder: Path, embedder: CachedEmbedder) -> Searcher:
        if fields not in self._searchers:
            place = folder / re.sub(r"\W+", "-", fields)
            place.mkdir(parents=True, exist_ok=True)
            analyser = open_analyser("auto")
            store = DocumentStore(Database(place / "groundtune.sqlite"))
            if not store.documents():
                self._fill(store, fields, analyser, embedder)
            synonyms = open_synonyms([open_pack("hr").synonyms], analyser)
            index = PassageIndex.open(store, place / "index")
            self._searchers[fields] = Searcher(store, index, analyser, embedder, synonyms=synonyms)
        return self._searchers[fields]

    def _fill(self, store: DocumentStore, fields: str, analyser: Analyser, embedder: CachedEmbedder) -> None:
        store.set_format(index_format(analyser, embedder))
        prepared = [prepare(document, embedder) for document in self.documents]
        texts = [embedded(one, span, fields) for one in prepared for span in one.spans]
        vectors = iter(embedder.embed_passages(texts))
        with store.together():
            for one in prepared:
                passages = [
                    NewPassage(span, terms(one.document, span, fields, analyser), next(vectors)) for span in one.spans
                ]
                store.put(one.document, passages, content_hash="", today=SAMPLE_DAY)

    def measure(self, searcher: Searcher, cases: Sequence[RetrievalCase], name: str) -> RetrievalFigures:
        def find(case: RetrievalCase) -> list[tuple[str, ...]]:
            hits = searcher.search(case.question, k=self.k, as_of=case.as_of)
            return [self.ids(hit) for hit in hits]

        return measure(name, cases, find, self.k)


def terms(document: Document, span: Span, fields: str, analyser: Analyser) -> tuple[str, ...]:
    """The passage's terms, its fields repeated as `fields` says."""
    if fields == PLAIN.fields:
        return analysed_terms(document, span, analyser)
    text = body(document.text[span.start : span.end], span.heading_path)
    nearest = span.heading_path[-1] if span.heading_path else document.title
    of = {"title": document.title, "path": "\n".join(span.heading_path[:-1]), "heading": nearest, "text": text}
    times = {"twice": 2, "times": 4}
    parts = [part.split() for part in fields.partition(";")[0].split(", ")]
    return analyser.tokens("\n".join(of[part[0]] for part in parts for _ in range(times.get(part[-1], 1))))


def embedded(one: Prepared, span: Span, fields: str) -> str:
    if not fields.endswith("embedded alone"):
        return embedded_text(one.document, span)
    return body(one.document.text[span.start : span.end], span.heading_path)


# --- The sets ---


def public(name: str, data: Path) -> World:
    documents, cases, k = SETS[name](data)
    made = [
        Document(row["id"], row["title"], row["text"], row["id"], language=detect_language(row["text"]))
        for row in documents
    ]
    return World(made, cases, 1 if name == "korquad1_dev" else k, lambda hit: (hit.passage.document_id,))


def handbook(asked: str, written: str) -> World:
    """The sample's example questions of one language to its pages of one language; a page's section is what counts."""
    from groundtune.knowledge.load import load

    sample = open_pack("hr").sample
    assert sample is not None
    pages = [path for path in sorted((sample.documents / written).glob("*.md")) if path.stem.count(".") == 0]
    documents = [document for path in pages for document in load(path, document_id=path.stem)]
    facts = {row["id"]: row for row in rows(sample.tasks / "facts.jsonl")}
    cases = []
    for row in rows(sample.tasks / sample.answer_examples):
        gold = [
            f"{page.partition('/')[2]}|{section}"
            for fact in map(facts.get, row["fact_ids"])
            if fact is not None and (fact.get("effective_from") or "") <= str(SAMPLE_DAY)
            for page, section in zip(fact["documents"], fact["sections"], strict=True)
            if page.startswith(written)
        ]
        if row["language"] == asked and gold:
            cases.append(RetrievalCase(row["id"], row["question"], tuple(dict.fromkeys(gold))))

    def ids(hit: Hit) -> tuple[str, ...]:
        page = hit.passage.document_id.rpartition("/")[2]
        return tuple(f"{page}|{part}" for part in (hit.passage.title, *hit.passage.heading_path))

    world = World(documents, cases, 3, ids)
    world.halves = [cases, []]
    return world


WORLDS: dict[str, Callable[[Path], World]] = {
    **{name: lambda data, name=name: public(name, data) for name in SETS},
    **{
        f"handbook_{asked}_{written}": lambda data, asked=asked, written=written: handbook(asked, written)
        for asked in ("ko", "en")
        for written in ("ko", "en")
    },
}


def names_asked_for(world: World, searcher: Searcher) -> list[RetrievalCase]:
    """First consonants of titles and headings of three to eight syllables; what stands below them is sought."""
    below: defaultdict[str, set[str]] = defaultdict(set)
    for one in (prepare(document, searcher.embedder) for document in world.documents):
        for span in one.spans:
            nearest = re.sub(r".*\((.*)\)$", r"\1", span.heading_path[-1] if span.heading_path else "")
            for name in (one.document.title, nearest.removesuffix(" 등")):
                if re.fullmatch(r"[가-힣]+( [가-힣]+)?", name) and 3 <= len(name.replace(" ", "")) <= 8:
                    below[name].add(one.document.id)
    chosen = random.Random(0).sample(sorted(below), min(_NAMES, len(below)))
    return [RetrievalCase(name, first_consonants(name), tuple(sorted(below[name]))) for name in chosen]


# --- Measuring ---


def figures(measured: RetrievalFigures, beside: RetrievalFigures | None = None) -> dict[str, Any]:
    """Recall and nDCG with intervals, and the paired differences to `beside`."""
    found: dict[str, Any] = {"n": measured.n, "recall": asdict(measured.recall), "ndcg": asdict(measured.ndcg)}
    if beside is not None:
        for name in ("recall", "ndcg"):
            a, b = ([getattr(case, name) for case in one.cases] for one in (measured, beside))
            found[f"{name}_difference"] = asdict(difference_interval(a, b))
    return found


def show(name: str, found: dict[str, Any]) -> None:
    def of(one: dict[str, float], sign: str = "") -> str:
        return f"{one['value']:{sign}.3f} [{one['low']:{sign}.3f}, {one['high']:{sign}.3f}]"

    line = f"  {name:46} n={found['n']:<4} recall {of(found['recall'])}  nDCG {found['ndcg']['value']:.3f}"
    if "recall_difference" in found:
        line += f"  Δ recall {of(found['recall_difference'], '+')}  Δ nDCG {of(found['ndcg_difference'], '+')}"
    print(line, flush=True)


def tried(
    world: World, folder: Path, embedder: CachedEmbedder, groups: Sequence[str] | None
) -> Iterator[dict[str, Any]]:
    """Every step on the development half, beside plain search."""

    def run(step: Step) -> RetrievalFigures:
        return world.measure(Tried(world.searcher(step.fields, folder, embedder), step), world.halves[0], step.name)

    plain = run(PLAIN)
    yield {"group": "plain", "step": "plain", "kept": True, **figures(plain)}
    for step in STEPS:
        if step.fields.endswith("embedded alone") and len(world.documents) > _EMBEDDED_ANEW:
            continue
        if groups is None or step.group in groups:
            yield {"group": step.group, "step": step.name, "kept": step.kept, **figures(run(step), plain)}
    product = world.searcher(PLAIN.fields, folder, embedder)
    bare = Searcher(product._store, product._index, product.analyser, embedder)
    for name, searcher in (("all that was kept, no list of words", bare), ("all that was kept", product)):
        yield {"group": "kept", "step": name, "kept": True} | figures(
            world.measure(searcher, world.halves[0], name), plain
        )


def with_errors(world: World, folder: Path, embedder: CachedEmbedder, half: int) -> Iterator[dict[str, Any]]:
    """Plain search and the product on questions as they are and with errors in them."""
    product = world.searcher(PLAIN.fields, folder, embedder)
    cases = world.halves[half]
    language = detect_language(" ".join(case.question for case in cases)) or "en"
    kinds: dict[str, list[RetrievalCase]] = {"as they are": cases}
    for name, change in ERRORS[language].items():
        kinds[name] = [replace(case, question=change(case.question)) for case in cases]
    if language == "ko":
        asked = [case for case in names_asked_for(world, product) if half_of(case.id) == half]
        kinds |= {"first consonants of headings": asked} if asked else {}
    for name, changed in kinds.items():
        plain = world.measure(Tried(product, PLAIN), changed, "plain")
        kept = world.measure(product, changed, "kept")
        yield {"questions": name, "plain": figures(plain), "kept": figures(kept, plain)}


def confirm(world: World, folder: Path, embedder: CachedEmbedder, found: dict[str, Any]) -> None:
    for half, name in enumerate(("development", "confirmation")):
        found[name] = list(with_errors(world, folder, embedder, half)) if world.halves[half] else []
        for row in found[name]:
            show(f"{name}, {row['questions']}: plain", row["plain"])
            show(f"{name}, {row['questions']}: kept", row["kept"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--set", dest="name", required=True, choices=list(WORLDS))
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "groundtune-vectors")
    parser.add_argument("--group", dest="groups", action="append", help="a group of steps; may be repeated")
    parser.add_argument("--confirm", action="store_true")
    parser.add_argument("--keep", type=Path, help="a folder for the stores, so that a second run needs not fill them")
    parser.add_argument("--to", type=Path, help="the result; groups are added to it where it is there")
    options = parser.parse_args()
    if options.name in SETS and not (options.data / options.name).is_dir():
        print(f"{options.name}: skipped, {options.data / options.name} is not there", file=sys.stderr)
        return
    embedder = CachedEmbedder(open_embedder("bundled:e5"), options.cache)
    world = WORLDS[options.name](options.data)
    found: dict[str, Any] = {"k": world.k, "documents": len(world.documents), "embedder": embedder.name}
    print(f"{options.name}: development {len(world.halves[0])}, confirmation {len(world.halves[1])} questions")
    with tempfile.TemporaryDirectory() as passing:
        folder = (options.keep or Path(passing)) / options.name
        if options.confirm:
            confirm(world, folder, embedder, found)
        else:
            found["arms"] = []
            for arm in tried(world, folder, embedder, options.groups):
                found["arms"].append(arm)
                show(f"{arm['group']}: {arm['step']}", arm)
        embedder.save()
    when = datetime.now(UTC)
    path = options.to or RESULTS / f"ablation-{when:%Y%m%dT%H%M%SZ}.json"
    if path.exists() and not options.confirm:
        anew = {(arm["group"], arm["step"]) for arm in found["arms"]}
        before = json.loads(path.read_text("utf-8"))[options.name]["arms"]
        found["arms"] = [arm for arm in before if (arm["group"], arm["step"]) not in anew] + found["arms"]
    whole = {"at": when.isoformat(timespec="seconds"), options.name: found}
    path.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
