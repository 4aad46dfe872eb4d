"""Does any reader ever see a word of what that reader may not read, or of what was deleted? A machine that tries.

    python benchmarks/rights.py --steps 20000

A Hypothesis state machine works on one workspace: it adds, replaces and deletes documents with any readers and dates,
changes who may read them, searches with each leg, asks, looks at differences and at answers that were kept, lets the
command line do the same, saves and opens anew. Every revision carries words that stand nowhere else, in its text,
title, heading, metadata and path. After every step three things must hold:

* nothing that a reader is given holds such a word of a document that he or she may not read, or of a deleted one;
* what a reader is given is what a workspace would give that has no other documents: figures and order included;
* no file of the workspace holds a deleted word, in any form that the workspace writes.

Ends with code 1 and the shortest steps that lead there when one doesn't. Results are added to benchmarks/results/.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from rights_machine import Rights


def run(steps: int, *, steps_each: int = 50, shrink: bool = True) -> dict[str, Any]:
    """Runs the machine for about so many steps; raises AssertionError with the steps that lead to a leak."""
    Rights.steps, Rights.scanned_bytes = Counter(), 0
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    while (done := sum(Rights.steps.values())) < steps:
        chosen = settings(
            max_examples=max((steps - done) // steps_each, 1),
            stateful_step_count=steps_each,
            deadline=None,
            phases=phases,
            database=None,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(Rights, settings=chosen)
    return {
        "steps": sum(Rights.steps.values()),
        "revisions": Rights.number,
        "bytes_scanned": Rights.scanned_bytes,
        "by_kind": dict(sorted(Rights.steps.items())),
        "leaks": 0,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--after", type=Path, help="a result of an earlier run, whose steps count with these")
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    started = time.time()
    found = run(options.steps)
    now = datetime.now(UTC)
    runs, seconds = 1, round(time.time() - started, 1)
    if options.after:
        before = json.loads(options.after.read_text("utf-8"))
        runs, seconds = runs + before["runs"], round(seconds + before["seconds"], 1)
        for figure in ("steps", "revisions", "bytes_scanned"):
            found[figure] += before[figure]
        found["by_kind"] = dict(sorted((Counter(found["by_kind"]) + Counter(before["by_kind"])).items()))
    report = {
        "what": "readers' rights",
        "when": now.isoformat(timespec="seconds"),
        "runs": runs,
        "seconds": seconds,
        **found,
    }
    print(json.dumps(report, indent=1, ensure_ascii=False))
    options.results.mkdir(parents=True, exist_ok=True)
    told = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    (options.results / f"rights-{now:%Y%m%dT%H%M%SZ}.json").write_text(told, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
