"""Correctness, relevance and refusal of answers, per language, with the risk–coverage curve.

    python benchmarks/answering.py --documents FOLDER --cases FILE.jsonl --cache /tmp/worlds [--chat NAME]… [--json OUT]

Cases are those of `groundtune compare` (docs/data.md). Questions that were fitted on (benchmarks/data/campus) give no
figure worth quoting: use held-out ones. "Risk" is the share of wrong answers among those given, "coverage" the share of
answerable questions that get one, as the bar for answering rises.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, median
from typing import Any

from answering_worlds import DAY, build

from groundtune.answering import weights
from groundtune.answering.answer import Answerer
from groundtune.answering.arms import output
from groundtune.answering.candidates import candidates
from groundtune.answering.retrieve import retrieve
from groundtune.answering.weighing import answerable, rank
from groundtune.comparison.cases import read_answer_cases
from groundtune.comparison.scoring import score_answer
from groundtune.models import open_chat, open_embedder
from groundtune.models.protocols import ChatModel
from groundtune.types import Case


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=Path, required=True)
    parser.add_argument("--cases", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--chat", action="append", default=[])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--show", action="store_true", help="print each answer that is wrong")
    arguments = parser.parse_args()
    world = build(arguments.documents.name, [arguments.documents], arguments.cache, open_embedder("bundled:e5"))
    cases = read_answer_cases(arguments.cases, today=DAY)
    results: dict[str, Any] = {}
    for name in ("extractive", *arguments.chat):
        chat = None if name == "extractive" else open_chat(name)
        rows = [measured(Answerer(world.search, world.store, chat), case, chat) for case in cases]
        results[name] = by_language([row for row in rows if row is not None], arguments.show)
        print(name, json.dumps(results[name], indent=1, ensure_ascii=False))
    results["risk_coverage"] = {
        language: risk_coverage([case for case in cases if case.language == language], world)
        for language in sorted({case.language or "" for case in cases})
    }
    print(json.dumps(results["risk_coverage"], indent=1))
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1, ensure_ascii=False), "utf-8")


def measured(answerer: Answerer, case: Case, chat: ChatModel | None) -> dict[str, Any] | None:
    """`None` for a case whose language the chat model doesn't read."""
    if chat is not None and chat.languages is not None and case.language not in chat.languages:
        return None
    begun = time.perf_counter()
    answer = answerer.answer(case.input)
    spent = (time.perf_counter() - begun) * 1000
    given = output(answer)
    found = bool(set(case.relevant) & set(given.retrieved))
    scores = score_answer(case, given)
    return {"case": case, "answer": answer, "ms": spent, "found": found, **scores}


def by_language(rows: Sequence[dict[str, Any]], show: bool) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for language in sorted({row["case"].language or "" for row in rows}):
        mine = [row for row in rows if (row["case"].language or "") == language]
        kinds = {
            kind: [r for r in mine if r["case"].kind == kind] for kind in ("answerable", "near_topic", "off_topic")
        }
        table[language] = {
            "n": {kind: len(some) for kind, some in kinds.items()},
            "correct of answerable": mean(row["correct"] for row in kinds["answerable"]),
            "wrong of answerable": mean(row["wrong"] for row in kinds["answerable"]),
            "false refusals": mean(row["refused"] for row in kinds["answerable"]),
            "near-topic refused": mean(row["refused"] for row in kinds["near_topic"]),
            "off-topic refused": mean(row["refused"] for row in kinds["off_topic"]),
            "relevance of answers": mean(row["relevance"] for row in kinds["answerable"] if "relevance" in row),
            "evidence precision": mean(
                row["evidence_precision"] for row in kinds["answerable"] if "evidence_precision" in row
            ),
            "written by the model": mean(row["answer"].model not in ("extractive",) for row in kinds["answerable"]),
            "p50 ms": round(median(row["ms"] for row in mine), 1),
        }
        if show:
            for row in mine:
                if not row["correct"]:
                    print(f"✗ {row['case'].kind} {row['case'].input.text}\n    {row['answer'].text}")
    return table


def risk_coverage(cases: Sequence[Case], world: Any) -> list[dict[str, float]]:
    """Ten bars from the surest tenth of answers to all."""
    scored = []
    quoting = Answerer(world.search, world.store, None)
    kept, weights.ANSWER_FROM = weights.ANSWER_FROM, dict.fromkeys(weights.ANSWER_FROM, -1.0)
    for case in cases:
        found = retrieve(case.input, world.search)
        some = rank(candidates(found, world.search, lambda id, case=case: world.store.revision(id, case.input.reader)))
        right = score_answer(case, output(quoting.answer(case.input)))["correct"] if some else 0.0
        scored.append((answerable(found, some), case.kind == "answerable", case.kind == "answerable" and bool(right)))
    weights.ANSWER_FROM = kept
    scored.sort(key=lambda row: -row[0])
    curve = []
    for tenth in range(1, 11):
        given = scored[: max(1, len(scored) * tenth // 10)]
        curve.append(
            {
                "bar": round(given[-1][0], 3),
                "answered": round(len(given) / len(scored), 2),
                "coverage": round(sum(a for _, a, _ in given) / max(1, sum(a for _, a, _ in scored)), 3),
                "risk": round(1 - sum(right for *_, right in given) / len(given), 3),
            }
        )
    return curve


def mean(values: Any) -> float | None:
    some = [float(value) for value in values]
    return round(fmean(some), 3) if some else None


if __name__ == "__main__":
    main()
