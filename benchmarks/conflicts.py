"""How many contradictions between documents an answer shows, and how often it sees one where there is none.

    python benchmarks/conflicts.py --cache FOLDER --json FILE [--data FOLDER] [--organisation campus …] [--show]

Every question is put three times to an organisation that exists in `answering_worlds`: as it is; beside a short guide
that says the same as the page that answers; and beside one that says another amount. A conflict in the first two is
false, one that quotes the guide in the third is caught; `elsewhere` is counted apart. What the guide says is, of
`handbook_conflicts`, written by hand for the sample's handbook; of the sample's other questions, the fact in the words
of facts.jsonl; elsewhere, a sentence of the page. `--data` names a folder with `rgb_counterfactual`: news snippets of
one rank, right ones alone, with falsified copies beside them, and each right or falsified.

The bars of `answering.conflicts` were chosen on every second question of the sample's examples and of the ferry, which
are left out here; the campus and `handbook_conflicts` were not looked at before.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from answering_worlds import DATA, DAY, DOCUMENTS, SAMPLE, World, build, cases

from groundtune.answering.answer import Answerer
from groundtune.answering.sentences import pieces
from groundtune.comparison.matching import states
from groundtune.knowledge.analyse import open_analyser
from groundtune.knowledge.index import PassageIndex
from groundtune.knowledge.prepare import index_format, passages_of, prepare
from groundtune.knowledge.search import Searcher
from groundtune.models import open_embedder
from groundtune.storage.database import Database
from groundtune.storage.documents import DocumentStore
from groundtune.types import Answer, Document, Fact, Question

GUIDE = "pocket-guide"
TITLES = {"en": "Pocket guide", "ko": "간추린 안내"}
ORGANISATIONS = ("handbook_conflicts", "sample", "ferry", "campus")


@dataclass(frozen=True)
class Planted:
    language: str
    question: str
    agrees: str
    """What a guide says that is right."""
    contradicts: str


class Asker:
    """An organisation's documents, with a guide that comes and goes."""

    def __init__(self, world: World, embedder: Any) -> None:
        self._world = world
        self._embedder = embedder
        self._answerer = Answerer(world.search, world.store)

    def ask(self, question: str, language: str, guide: str | None) -> Answer:
        if guide is not None:
            self._put(guide, language)
        answer = self._answerer.answer(Question(question, DAY, language=language))
        if guide is not None:
            self._world.store.delete(f"{language}/{GUIDE}")
        return answer

    def _put(self, words: str, language: str) -> None:
        title = TITLES[language]
        document = Document(
            f"{language}/{GUIDE}",
            title,
            f"# {title}\n\n{words}\n",
            GUIDE,
            language,
            date(2026, 1, 1),
            metadata={"authority": "guide"},
        )
        passages = passages_of([prepare(document, self._embedder)], self._world.search.analyser, self._embedder)[0]
        self._world.store.put(document, passages, content_hash=words, today=DAY)


def planted(organisation: str, world: World) -> Iterator[Planted]:
    rng = random.Random(organisation)
    if organisation == "handbook_conflicts":
        for row in rows(DATA / organisation / "cases.jsonl"):
            yield Planted(row["language"], row["question"], row["agrees"], row["contradicts"])
    elif organisation == "sample":
        facts = {row["id"]: row for row in rows(SAMPLE / "facts.jsonl")}
        examples = [row for row in rows(SAMPLE / "examples.jsonl") if len(row["fact_ids"]) == 1]
        examples = [row for row in examples if (facts[row["fact_ids"][0]].get("effective_from") or "") <= str(DAY)]
        for row in examples[1::2]:
            fact = facts[row["fact_ids"][0]]
            words = fact[row["language"]]
            yield from changed(row["language"], row["question"], words, (fact["value"],), rng)
    else:
        answerable = [case for case in cases(organisation) if case.kind == "answerable"]
        for case in answerable[1::2] if organisation == "ferry" else answerable:
            sentence = next(sentences(world, case.relevant, case.facts), None)
            if sentence is not None:
                yield from changed(case.language, case.question, sentence, case.facts[0].variants, rng)


def sentences(world: World, documents: tuple[str, ...], facts: tuple[Fact, ...]) -> Iterator[str]:
    """What states all facts on the pages that answer, rows of tables left out."""
    for document in documents:
        for revision in world.store.revisions(document):
            in_force = (revision.effective_from or DAY) <= DAY < (revision.in_force_until or date.max)
            for piece in pieces(revision.text) if in_force else ():
                if piece.kind != "row" and all(states(piece.words, fact) for fact in facts):
                    yield piece.words


def changed(language: str, question: str, words: str, values: tuple[str, ...], rng: random.Random) -> Iterator[Planted]:
    """With the value's first number that the words hold changed; nothing where they hold none."""
    for number in re.findall(r"\d[\d,]*(?:\.\d+)?", " ".join(values)):
        pattern = rf"(?<![\d.,:]){re.escape(number)}(?![\d]|[.,:]\d)"
        if re.search(pattern, words):
            yield Planted(language, question, words, re.sub(pattern, other(number, rng), words, count=1))
            return


def other(number: str, rng: random.Random) -> str:
    """Another number of the same look."""
    plain = number.replace(",", "")
    if "," in number:
        return f"{int(plain) + rng.choice((1, 2, 3)) * 10 ** (len(plain) - 1):,}"
    return f"{float(plain) + 1.5:g}" if "." in plain else str(int(plain) + rng.choice((2, 3, 5)))


def measure(organisation: str, cache: Path, embedder: Any, most: int, show: bool) -> dict[str, dict[str, int]]:
    folders = DOCUMENTS.get(organisation, DOCUMENTS["sample"])
    world = build("sample" if folders == DOCUMENTS["sample"] else organisation, folders, cache, embedder)
    asker = Asker(world, embedder)
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for case in some(list(planted(organisation, world)), most):
        count = found[case.language]
        for mode, guide in (("alone", None), ("agreeing", case.agrees), ("contradicting", case.contradicts)):
            answer = asker.ask(case.question, case.language, guide)
            told = answer.conflicts
            count[f"{mode}: asked"] += 1
            count[f"{mode}: answered"] += not answer.refused
            with_guide = [one for one in told if any(GUIDE in quote.document_id for quote in one.evidence)]
            if mode == "contradicting":
                count["contradicting: caught"] += bool(with_guide)
            false = [one for one in told if mode != "contradicting" or one not in with_guide]
            count[f"{mode}: false"] += bool(false)
            count[f"{mode}: elsewhere"] += bool(answer.elsewhere)
            for one in false if show else ():
                print(
                    f"false, {organisation}, {mode}: {case.question} | {one.text} | {[q.quote for q in one.evidence]}"
                )
            if show and mode == "contradicting" and not with_guide and not answer.refused:
                print(f"missed, {organisation}: {case.question} | {case.contradicts} | {answer.text}")
    return {language: dict(sorted(count.items())) for language, count in sorted(found.items())}


def some(cases: list[Planted], most: int) -> list[Planted]:
    """At most so many of each language, drawn once and for all."""
    random.Random(1).shuffle(cases)
    by_language = [[case for case in cases if case.language == language][:most] for language in ("ko", "en")]
    return [case for cases in by_language for case in cases]


def news(data: Path, embedder: Any, most: int, show: bool) -> dict[str, dict[str, int]]:
    """Falsified copies beside the right snippets, every snippet falsified or not; right ones alone for control."""
    arms: dict[str, Counter[str]] = defaultdict(Counter)
    questions = list(rows(data / "rgb_counterfactual" / "en_fact.jsonl"))
    random.Random(1).shuffle(questions)
    for row in questions[:most]:
        right, wrong, rest = row["positive"], row["positive_wrong"], row["negative"][:4]
        half = max(1, len(right) // 2)
        worlds = {
            "right alone": [*right, *rest],
            "falsified copies beside": [*right, *wrong, *rest],
            "each snippet right or falsified": [*right[:half], *wrong[half:], *rest],
        }
        for arm, snippets in worlds.items():
            with tempfile.TemporaryDirectory() as folder:
                answer = Answerer(*_store(Path(folder), snippets, embedder)).answer(
                    Question(row["query"], DAY, language="en")
                )
            count = arms[arm]
            says_right, says_wrong = (
                any(states(answer.text, Fact((str(value),))) for value in _flat(row[key]))
                for key in ("answer", "fakeanswer")
            )
            told = bool(answer.conflicts or answer.elsewhere)
            count["asked"] += 1
            count["refused"] += answer.refused
            count["conflict shown"] += told
            if not answer.refused and not told:
                count["right, no conflict" if says_right and not says_wrong else ""] += says_right and not says_wrong
                count["falsified, no conflict"] += says_wrong
                if show:
                    print(f"{arm}: {row['query']} | {answer.text[:150]} | {row['answer']} / {row['fakeanswer']}")
    return {arm: {name: n for name, n in count.items() if name} for arm, count in arms.items()}


def _flat(value: Any) -> list[Any]:
    return [one for some in value for one in _flat(some)] if isinstance(value, list) else [value]


def _store(folder: Path, snippets: list[str], embedder: Any) -> tuple[Searcher, DocumentStore]:
    analyser = open_analyser("auto")
    store = DocumentStore(Database(folder / "news.sqlite"))
    store.set_format(index_format(analyser, embedder))
    documents = [Document(f"news-{n}", f"News {n}", text, "news", "en") for n, text in enumerate(snippets)]
    prepared = passages_of([prepare(document, embedder) for document in documents], analyser, embedder)
    for document, passages in zip(documents, prepared, strict=True):
        store.put(document, passages, content_hash=document.text, today=DAY)
    return Searcher(store, PassageIndex.open(store, folder / "index"), analyser, embedder), store


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--organisation", action="append", choices=ORGANISATIONS)
    parser.add_argument("--most", type=int, default=1000, help="questions of each language, or of the news")
    parser.add_argument("--show", action="store_true")
    chosen = parser.parse_args()
    embedder = open_embedder("bundled:e5")
    result: dict[str, Any] = json.loads(chosen.json.read_text("utf-8")) if chosen.json and chosen.json.exists() else {}
    for organisation in chosen.organisation or (() if chosen.data else ORGANISATIONS):
        result[organisation] = measure(organisation, chosen.cache, embedder, chosen.most, chosen.show)
        print(organisation, json.dumps(result[organisation], indent=1))
        _keep(chosen.json, result)
    if chosen.data is not None:
        result["rgb_counterfactual"] = news(chosen.data, embedder, chosen.most, chosen.show)
        print(json.dumps(result["rgb_counterfactual"], indent=1))
        _keep(chosen.json, result)


def _keep(path: Path | None, result: dict[str, Any]) -> None:
    if path is not None:
        path.write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
