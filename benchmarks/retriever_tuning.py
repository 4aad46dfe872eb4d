"""Does tuning the retriever on a workspace's own questions find more? On unseen questions and unseen documents.

    python benchmarks/retriever_tuning.py DATA_FOLDER --work FOLDER [--set NAME …] [--seed N …] [--recipe FILE]

Fills a workspace below FOLDER for each set, tunes once for each seed through the product's own `tune`, and compares the
tuned embedder with the bundled one on what that seed held out: passages found, the dense leg alone and both legs with
the weight fitted alike for both. A question that several seeds held out counts once in the intervals (its differences
are resampled together). Half of what is held out asks about documents of which nothing was learnt. Work that was
stopped (SIGTERM, Ctrl-C) goes on where it stopped; results go to benchmarks/results/ when every seed is done.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from retrieval import SETS, CachedEmbedder

from groundtune.comparison.retrieval import CaseFigures, RetrievalCase, summarise
from groundtune.comparison.retrieval_change import changed
from groundtune.comparison.tasks import RETRIEVE_TEST_SHARE, Data, Task
from groundtune.errors import Stopped
from groundtune.progress import Bar, stoppable
from groundtune.storage.registry import ModelVersion
from groundtune.tables import read_toml
from groundtune.workspace import Workspace

RESULTS = Path(__file__).parent / "results"
FIGURES = ("recall", "mrr", "ndcg")


def filled(
    name: str, data: Path, folder: Path, cache: Path | None, most: int | None, stop: Any
) -> tuple[Workspace, Path]:
    """A workspace with the set's documents, `most` of them at most, and its questions as pairs."""
    documents, cases, _ = SETS[name](data)
    documents = some(documents, {name for case in cases for name in case.relevant}, most)
    if not (folder / "groundtune.toml").exists():
        Workspace.create(folder)
    source, pairs = folder / "documents.jsonl", folder / "pairs.jsonl"
    source.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in documents), "utf-8")
    pairs.write_text("".join(json.dumps(_row(case), ensure_ascii=False) + "\n" for case in cases), "utf-8")
    workspace = Workspace.open(folder)
    if cache is not None:
        workspace.__dict__["embedder"] = CachedEmbedder(workspace.embedder, cache)
    if len(workspace.store.documents()) < len(documents):
        report = workspace.add([source], progress=Bar(), stop=stop)
        assert not report.refused, report.refused[:3]
        if report.stopped:
            raise Stopped("add")
    return workspace, pairs


def some(documents: list[dict[str, Any]], needed: set[str], most: int | None) -> list[dict[str, Any]]:
    """Those that answer a question, and of the others as many as there is room for, drawn at random."""
    others = [document["id"] for document in documents if document["id"] not in needed]
    room = len(others) if most is None else max(0, most - (len(documents) - len(others)))
    kept = needed | set(random.Random(0).sample(others, min(room, len(others))))
    return [document for document in documents if document["id"] in kept]


def _row(case: RetrievalCase) -> dict[str, Any]:
    return {"id": case.id, "question": case.question, "relevant": case.relevant}


def tuned(workspace: Workspace, pairs: Path, seed: int, recipe: dict[str, Any], stop: Any) -> ModelVersion:
    task = Task(
        "retriever", "retrieve", pairs, Data(pairs=(pairs,), any_date=True, test_share=RETRIEVE_TEST_SHARE),
        seed=seed, tuning=recipe,
    )  # fmt: skip
    version, _ = workspace.tune(task, Bar(), stop)
    return version


def pooled(versions: Sequence[ModelVersion]) -> Iterator[dict[str, Any]]:
    """Each side's and arm's change over all seeds."""
    found = [json.loads((version.folder / "evaluation.json").read_text("utf-8")) for version in versions]
    for side in ("held_out", "unseen_questions", "unseen_documents"):
        arms = [evaluation["arms"].get(side, []) for evaluation in found]
        for number, arm in enumerate(arms[0]):
            before, after = (
                [CaseFigures(**case) for each in arms for case in each[number][time]["cases"]]
                for time in ("before", "after")
            )
            k = arm["after"]["k"]
            change = changed(
                summarise(arm["arm"], before, k), summarise(arm["arm"], after, k), [case.case_id for case in before]
            )
            yield {
                "side": side,
                "arm": arm["arm"],
                "k": k,
                "questions": len({case.case_id for case in before}),
                "answers": len(before),
                **{f"{figure}_{when}": getattr(getattr(change, when), figure).value
                   for figure in FIGURES for when in ("before", "after")},
                **{f"{figure}_gain": asdict(getattr(change, figure)) for figure in FIGURES},
            }  # fmt: skip


def show(row: dict[str, Any]) -> str:
    def gain(figure: str) -> str:
        found = row[f"{figure}_gain"]
        before, after = row[f"{figure}_before"], row[f"{figure}_after"]
        return f"{before:.3f} → {after:.3f} ({found['value']:+.3f} [{found['low']:+.3f}, {found['high']:+.3f}])"

    return f"  {row['side']:17} {row['arm']:7} n={row['questions']:3} recall {gain('recall')}  MRR {gain('mrr')}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--set", dest="sets", action="append", choices=[*SETS])
    parser.add_argument("--seed", dest="seeds", action="append", type=int)
    parser.add_argument("--recipe", type=Path, help="a TOML file as the [tuning] table of a task")
    parser.add_argument("--cache", type=Path, help="a folder of vectors that benchmarks/retrieval.py kept")
    parser.add_argument("--documents", type=int, help="so many at most, those that answer always among them")
    parser.add_argument("--only-fill", action="store_true", help="add the documents and stop")
    parser.add_argument("--no-result", action="store_true", help="print only")
    options = parser.parse_args()
    recipe = dict(read_toml(options.recipe)._values) if options.recipe else {}
    results: dict[str, Any] = {}
    with stoppable() as stop:
        for name in options.sets or ["hr_faq_en", "ko_labor_qa_nodong"]:
            workspace, pairs = filled(name, options.data, options.work / name, options.cache, options.documents, stop)
            if options.only_fill:
                continue
            versions = [tuned(workspace, pairs, seed, recipe, stop) for seed in options.seeds or [1, 2, 3]]
            rows = list(pooled(versions))
            print(name, *map(show, rows), sep="\n")
            results[name] = {
                "documents": len(workspace.store.documents()),
                "passages": workspace.store.passage_count(),
                "recipe": versions[0].recipe,
                "seeds": [version.seed for version in versions],
                "training_seconds": [version.metrics["training_seconds"].value for version in versions],
                "validation_mrr": [
                    [version.metrics[key].value for key in ("validation_mrr_before", "validation_mrr")]
                    for version in versions
                ],
                "rows": rows,
            }
    if results and not options.no_result:
        when = datetime.now(UTC)
        path = RESULTS / f"retriever_tuning-{when:%Y%m%dT%H%M%SZ}.json"
        path.write_text(json.dumps({"at": when.isoformat(timespec="seconds"), **results}, indent=1) + "\n", "utf-8")
        print(f"\nwrote {path}")


if __name__ == "__main__":
    try:
        main()
    except Stopped as stopped:
        sys.exit(str(stopped))
