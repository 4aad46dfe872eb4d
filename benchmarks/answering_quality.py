"""Answers that are right, wrong and refused, end to end, on topics that nothing was fitted on.

    python benchmarks/answering_quality.py --cache /tmp/worlds --json OUT.json [--beside EARLIER.json]

Asks the invented organisations of `answering_worlds` the questions whose topics are on the checking side: as they are,
and without the page that answers. To measure another revision, put its src/ first on PYTHONPATH and use another cache;
`--beside` then prints the differences, paired by question. Intervals are 95 %: Wilson's for shares, bootstrap over
topics for differences.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean, median
from typing import Any

from answering_worlds import DAY, DOCUMENTS, Remembering, Without, build, cases, twins

from groundtune.answering.answer import Answerer
from groundtune.comparison.matching import states
from groundtune.models import open_embedder
from groundtune.types import Question

MEASURES = (
    ("answerable", "right"),
    ("answerable", "right first"),
    ("answerable", "wrong"),
    ("answerable", "refused"),
    ("near_topic", "refused"),
    ("page_left_out", "refused"),
    ("off_topic", "refused"),
)
TIMED = 30
"""Questions that are asked again with nothing remembered, for the time that one takes."""


def outcomes(organisation: str, side: str, cache: Path) -> Iterator[dict[str, Any]]:
    embedder = Remembering(open_embedder("bundled:e5"), cache / "embedded.pickle")
    world = build(organisation, DOCUMENTS[organisation], cache, embedder)
    answerer = Answerer(world.search, world.store)
    for case in cases(organisation):
        if side not in (case.side(organisation), "both"):
            continue
        variants = [(case.kind, answerer)]
        if case.relevant:
            variants.append(("page_left_out", Answerer(Without(world.search, twins(case.relevant)), world.store)))
        for kind, asked in variants:
            answer = asked.answer(Question(case.question, DAY, language=case.language))
            right = kind == "answerable" and not answer.refused and all(states(answer.text, f) for f in case.facts)
            first = answer.sentences[0].text if answer.sentences else ""
            yield {
                "organisation": organisation,
                "topic": case.topic,
                "language": case.language,
                "kind": kind,
                "question": case.question,
                "outcome": "refused" if answer.refused else "right" if right else "wrong",
                "first": right and any(states(first, fact) for fact in case.facts),
                "sentences": len(answer.sentences),
                "answer": answer.text,
            }
    embedder.save()


def seconds(cache: Path) -> dict[str, float]:
    """Median time of a question whose sentences have never been read: on the clock and of the processors."""
    embedder = open_embedder("bundled:e5")
    world = build("sample", DOCUMENTS["sample"], cache, embedder)
    asked = [case for case in cases("sample") if case.side("sample") == "check"][: TIMED + 1]
    clock, work = [], []
    for case in asked:
        answerer = Answerer(world.search, world.store)
        begun, worked = time.perf_counter(), time.process_time()
        answerer.answer(Question(case.question, DAY, language=case.language))
        clock.append(time.perf_counter() - begun)
        work.append(time.process_time() - worked)
    return {"clock": round(median(clock[1:]), 4), "processor": round(median(work[1:]), 4)}


def table(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for organisation in (*sorted({row["organisation"] for row in rows}), "all"):
        for language in ("ko", "en"):
            mine = [r for r in rows if r["language"] == language and organisation in (r["organisation"], "all")]
            for kind, outcome in MEASURES:
                some = [_is(row, outcome) for row in mine if row["kind"] == kind]
                if some:
                    low, high = wilson(sum(some), len(some))
                    found[f"{organisation}/{language}/{kind} {outcome}"] = {
                        "share": round(fmean(some), 3),
                        "interval": [low, high],
                        "n": len(some),
                    }
    return found


def _is(row: dict[str, Any], outcome: str) -> bool:
    """ "right first": the answer is right, and its first sentence states what was asked for."""
    return bool(row.get("first")) if outcome == "right first" else row["outcome"] == outcome


def wilson(hits: int, n: int) -> tuple[float, float]:
    z = 1.96
    share, middle = hits / n, (hits + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(n * share * (1 - share) + z * z / 4)
    return round(max(0.0, middle - half), 3), round(min(1.0, middle + half), 3)


def differences(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """After less before, per language, paired by question."""
    key = ("organisation", "language", "kind", "question")
    earlier = {tuple(row[k] for k in key): row for row in before}
    found: dict[str, Any] = {}
    for language in ("ko", "en"):
        for kind, outcome in MEASURES:
            by_topic: dict[tuple[str, str], list[int]] = defaultdict(list)
            for row in after:
                if row["language"] == language and row["kind"] == kind:
                    was = earlier[tuple(row[k] for k in key)]
                    by_topic[row["organisation"], row["topic"]].append(_is(row, outcome) - _is(was, outcome))
            groups = list(by_topic.values())
            if not groups:
                continue
            draw = random.Random(0)
            means = []
            for _ in range(2000):
                drawn = [value for group in draw.choices(groups, k=len(groups)) for value in group]
                means.append(fmean(drawn))
            means.sort()
            every = [value for group in groups for value in group]
            found[f"{language}/{kind} {outcome}"] = {
                "difference": round(fmean(every), 3),
                "interval": [round(means[50], 3), round(means[1949], 3)],
                "n": len(every),
                "topics": len(groups),
            }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--beside", type=Path)
    parser.add_argument("--side", choices=("fit", "check", "both"), default="check")
    parser.add_argument("--organisation", choices=tuple(DOCUMENTS), action="append", help="all unless named")
    parser.add_argument("--show", action="store_true", help="print what is not right, and what was answered")
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    asked = arguments.organisation or DOCUMENTS
    rows = [row for name in asked for row in outcomes(name, arguments.side, arguments.cache)]
    if arguments.show:
        for row in rows:
            good = row["first"] if row["kind"] == "answerable" else row["outcome"] == "refused"
            if not good:
                print(f"{row['outcome']:8} {row['organisation']} {row['kind']} {row['question']}\n    {row['answer']}")
    result: dict[str, Any] = {"side": arguments.side, "table": table(rows), "seconds": seconds(arguments.cache)}
    if arguments.beside:
        earlier = json.loads(arguments.beside.read_text("utf-8"))
        result["before"] = {name: earlier[name] for name in ("table", "seconds", "rows")}
        result["differences"] = differences(earlier["rows"], rows)
    for name in ("table", "differences", "seconds"):
        for line, value in result.get(name, {}).items():
            print(line, value)
    given = [row["sentences"] for row in rows if row["outcome"] != "refused"]
    print("sentences of an answer", round(fmean(given), 2) if given else "none")
    kept = [{name: value for name, value in row.items() if name != "answer"} for row in rows]
    arguments.json.write_text(json.dumps(result | {"rows": kept}, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
