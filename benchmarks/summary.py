"""The table of all benchmarks in docs/benchmarks.md, made from their newest results.

    python benchmarks/summary.py            # prints it
    python benchmarks/summary.py --write    # puts it on the page

A benchmark's newest result is its file in benchmarks/results/ with the latest time in its name. What a figure means and
how it is measured stands at the top of its script. The test suite holds the page to this table.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- measured:benchmarks -->\n", "<!-- /measured:benchmarks -->\n"


@dataclass(frozen=True)
class Benchmark:
    """`name` begins its results' file names; `headline` says the figure that counts most, from one result."""

    name: str
    script: str
    shows: str
    arguments: str
    headline: Callable[[Any], str]


def _cold(found: Any) -> str:
    def of(command: str, figure: str) -> str:
        return "; ".join(
            f"{cache} {runs[figure]['p50']:.1f} / {runs[figure]['p95']:.1f} s"
            for cache, runs in found["commands"][command].items()
        )

    return (
        f"{found['passages']:,} passages, p50 / p95: search {of('search', 'end_seconds')}; first checked sentence "
        f"{of('ask', 'first_line_seconds')} (load {found['load_before']:.0f})"
    )


def _watch(found: Any) -> str:
    saved, rest = found["saved_until_found_seconds"], found["rest_seconds"]
    return (
        f"{found['documents']:,} documents: saved until found {saved['p50']:.2f} / {saved['p95']:.2f} s (p50 / p95, "
        f"n={saved['n']}), {rest} s of it rest, embedding {found['embedding_seconds']['p50']:.2f} s "
        f"(load {found['load_before']:.0f})"
    )


def _injection(found: Any) -> str:
    def of(kind: str, what: str) -> int:
        return sum(count.get(what, 0) for key, count in found["counts"].items() if kind in key)

    return (
        f"{of('instruction', 'n')} instructions inside documents: {of('instruction', 'shown')} shown in an answer; "
        f"{of('instruction', 'changed')} answers changed, beside {of('harmless', 'changed')} of "
        f"{of('harmless', 'n')} by a harmless sentence"
    )


def _kill9(found: Any) -> str:
    damage = sum(found[name] for name in ("lost", "half", "stale", "differences", "integrity_failures"))
    return f"{found['kills']} kills, {found['acknowledged']:,} acknowledged changes: {damage} lost, half or stale"


def _rights(found: Any) -> str:
    megabytes = f"{found['bytes_scanned'] / 1e6:,.0f} MB"
    return f"{found['steps']:,} steps, {megabytes} read for deleted words: {found['leaks']} leaks"


def _index(found: Any) -> str:
    run = found["runs"][-1]
    return (
        f"{run['passages']:,} passages: hybrid {run['hybrid_plain_ms']['p50']:.1f} ms, filtered "
        f"{run['hybrid_filtered_ms']['p50']:.1f} ms (p50), recall {run['recall']:.2f} of exact search"
    )


def _peers(found: Any) -> str:
    sizes = found["systems"]["groundtune"]["sizes"]
    size = max(sizes, key=int)
    run = sizes[size]["hybrid_filtered"]
    systems = sum("dense_filtered" in system["sizes"].get(size, {}) for system in found["systems"].values())
    return (
        f"{int(size):,} passages, {systems} of {len(found['systems'])} systems measured: our filtered hybrid search "
        f"{run['p50_ms']:.1f} ms, {run['busy_p50_ms']:.1f} ms of the processor; the others below"
    )


def _embedding(found: Any) -> str:
    ours, native = found["engines"]["int8"], found["engines"].get("native")
    beside = f" (native engine {native['tokens_per_cpu_second']:,.0f})" if native else ""
    return (
        f"{ours['tokens_per_cpu_second']:,.0f} tokens a processor second{beside}, recall@5 {ours['recall_at_5']:.3f} "
        f"({found['data']['n_questions']} questions)"
    )


def _retrieval(found: Any) -> str:
    (name, measured), *_ = found.items()
    arms = {arm["arm"]: arm["recall"]["value"] for arm in measured["arms"]}
    legs = ", ".join(f"{arm} {arms[arm]:.3f}" for arm in ("lexical", "dense", "hybrid"))
    return f"{name} ({measured['cases']} questions), recall@{measured['k']}: {legs}"


def _ablation(found: Any) -> str:
    (name, measured), *_ = found.items()
    rows = measured["confirmation"] or measured["development"]

    def of(row: Any) -> str:
        return f"{row['questions']} {row['plain']['recall']['value']:.3f} → {row['kept']['recall']['value']:.3f}"

    seen = "unseen questions" if measured["confirmation"] else "questions of the development"
    shown = ", ".join(map(of, rows))
    return f"{name} ({rows[0]['plain']['n']} {seen}), recall@{measured['k']} without and with all steps: {shown}"


def _retriever(found: Any) -> str:
    def of(name: str, side: str) -> str:
        row = next(row for row in found[name]["rows"] if (row["side"], row["arm"]) == (side, "fitted"))
        gain = row["mrr_gain"]
        return f"{gain['value']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}] (n={row['questions']})"

    sides = {"unseen_questions": "unseen questions", "unseen_documents": "unseen documents"}
    sets = [name for name in found if name != "at"]
    shown = [f"{name}: " + ", ".join(f"{said} {of(name, side)}" for side, said in sides.items()) for name in sets]
    return "MRR@10 of both legs, difference: " + "; ".join(shown)


def _answering(found: Any) -> str:
    shown = []
    for language in ("ko", "en"):
        right = found["table"][f"all/{language}/answerable right"]
        low, high = right["interval"]
        shown.append(
            f"{language} {100 * right['share']:.0f} % right [{100 * low:.0f}, {100 * high:.0f}], n={right['n']}"
        )
    return "; ".join(shown)


def _cases(found: Any) -> str:
    def of(language: str, measured: dict[str, Any]) -> str:
        figures = [f"{100 * measured[f'{what} of answerable']:.0f} % {what}" for what in ("correct", "wrong")]
        return f"{language} {', '.join(figures)} of n={measured['n']['answerable']} answerable"

    return "quoting alone: " + "; ".join(of(*entry) for entry in sorted(found["extractive"].items(), reverse=True))


def _conflicts(found: Any) -> str:
    counts = [count for name, by in found.items() if name != "rgb_counterfactual" for count in by.values()]

    def of(*names: str) -> int:
        return sum(count[name] for count in counts for name in names)

    return (
        f"{of('alone: false', 'agreeing: false')} false conflicts in "
        f"{of('alone: answered', 'agreeing: answered')} answers of consistent documents; "
        f"{of('contradicting: caught')} of {of('contradicting: answered')} contradictions shown"
    )


def _references(found: Any) -> str:
    verdicts = found["verdicts"]
    there = sum(n for verdict, n in verdicts.items() if not verdict.startswith("no such row"))
    return (
        f"{verdicts['right']:,} of {there:,} references between {found['statutes']} statutes lead to the right article"
    )


def _quality(found: Any) -> str:
    tuned, words = found["macro_f1"]["tuned"], found["macro_f1"]["tfidf"]
    difference = found["macro_f1"]["difference"]
    return (
        f"macro-F1 {tuned[0]:.3f}, TF-IDF {words[0]:.3f}: difference {difference[0]:+.3f} "
        f"[{difference[1]:+.3f}, {difference[2]:+.3f}], {found['rows']} rows"
    )


def _prediction(found: Any) -> str:
    rows = [row for row in found["rows"] if row["arm"] == "groundtune int8"]
    return f"window {found['window']} tokens, int8 beside transformers: " + ", ".join(
        f"batch {row['batch']} {row['times_by_clock']:.1f}× by the clock, {row['times_by_processor']:.1f}× by processor"
        for row in rows
    )


def _training(found: Any) -> str:
    """Texts a second with the time that the head's start takes, however old the result is."""

    def of(arm: str) -> float:
        return float(median(run.get("with_the_head_s_start", run["examples_per_second"]) for run in found["runs"][arm]))

    return (
        f"{of('ours'):.2f} texts/s with the head's start, Trainer {of('theirs'):.2f}: {of('ours') / of('theirs'):.1f}×"
    )


FOLDER = "benchmarks/results/"
BENCHMARKS = (
    Benchmark("cold", "cold.py", "`search` and `ask` from a new process", "--passages 10000 --keep FOLDER", _cold),
    Benchmark("watch", "watch.py", "a saved file until a search finds it", "--json FILE", _watch),
    Benchmark("peers", "peers/run.py", "search beside five other systems", "", _peers),
    Benchmark("index_speed", "index_speed.py", "the passage index, and that it is exact", "", _index),
    Benchmark("kill9", "kill9.py", "damage after SIGKILL at any moment", "--kills 500", _kill9),
    Benchmark("rights", "rights.py", "what a reader may not learn, and what is deleted", "--steps 20000", _rights),
    Benchmark(
        "injection", "injection.py", "whether instructions in documents change answers",
        "--cache FILE --results FILE", _injection,
    ),
    Benchmark("embedding", "embedding.py", "the bundled encoder's engines", "", _embedding),
    Benchmark("retrieval", "retrieval.py", "which passages are found, on public questions", "DATA_FOLDER", _retrieval),
    Benchmark(
        "retriever_tuning", "retriever_tuning.py", "a tuned retriever beside the bundled one",
        "DATA_FOLDER --work FOLDER", _retriever,
    ),
    Benchmark(
        "ablation", "ablation.py", "what the steps of finding are worth, also with typing errors",
        "DATA_FOLDER --set NAME --confirm", _ablation,
    ),
    Benchmark(
        "answering_quality", "answering_quality.py", "answers right, wrong and refused",
        "--cache FOLDER --json FILE", _answering,
    ),
    Benchmark(
        "answering", "answering.py", "the same on cases of yours, and risk by coverage",
        "--documents FOLDER --cases FILE --cache FOLDER --json FILE", _cases,
    ),
    Benchmark(
        "conflicts", "conflicts.py", "contradictions between documents shown, and false ones",
        "--cache FOLDER --json FILE --data FOLDER", _conflicts,
    ),
    Benchmark(
        "references", "references.py", "clauses that other clauses refer to, found",
        "DATA_FOLDER --json FILE", _references,
    ),
    Benchmark(
        "classify_quality", "classify_quality.py", "a tuned classifier beside TF-IDF",
        "--data FILE --results FILE", _quality,
    ),
    Benchmark(
        "predict_speed", "predict_speed.py", "predictions beside a transformers pipeline",
        "--data FILE --model FOLDER --results FILE", _prediction,
    ),
    Benchmark(
        "training_speed", "training_speed.py", "training beside the transformers Trainer",
        "--data FILE --results FILE", _training,
    ),
)  # fmt: skip


def newest(benchmark: Benchmark) -> list[tuple[Path, Any]]:
    """Its latest result, as a file and what it holds; of those that may measure one set a run, each set's."""
    results = sorted(path for path in (HERE / "results").iterdir() if kept_of(path) == benchmark.name)
    latest: dict[str, tuple[Path, Any]] = {}
    for path in results:
        found = json.loads(path.read_text("utf-8"))
        part = {"retrieval": "arms", "ablation": "confirmation"}.get(benchmark.name)
        if part is not None:
            sets = {name: one for name, one in found.items() if isinstance(one, dict) and part in one}
            latest |= {name: (path, {name: one}) for name, one in sets.items()}
        else:
            latest[""] = (path, found)
    return [latest[name] for name in sorted(latest)]


def kept_of(path: Path) -> str | None:
    """Whose newest result a file may be; `None` for what stands beside one, such as another revision's figures."""
    match = re.fullmatch(r"(\w+)-\d{8}T\d{6}Z\.json", path.name)
    return match[1] if match else None


def table() -> str:
    lines = [
        "| command (`python benchmarks/…`) | what it shows | newest result | headline |",
        "| --- | --- | --- | --- |",
    ]
    for benchmark in BENCHMARKS:
        command = " ".join(filter(None, (benchmark.script, benchmark.arguments)))
        shown = [
            (f"[{path.stem.rpartition('-')[2][:8]}](../{FOLDER}{path.name})", benchmark.headline(found))
            for path, found in newest(benchmark)
        ]
        for result, headline in shown or [("none yet", "–")]:
            lines.append(f"| `{command}` | {benchmark.shows} | {result} | {headline} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    if parser.parse_args().write:
        before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        PAGE.write_text(before + BEGIN + table() + END + after, "utf-8")
    else:
        print(table(), end="")


if __name__ == "__main__":
    main()
