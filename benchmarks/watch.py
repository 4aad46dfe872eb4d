"""How long it takes from saving a file until a search finds what it says, while `groundtune watch` follows its folder.

    python benchmarks/watch.py --documents 1000 --edits 60 --json FILE

A folder of invented documents, one passage each, is followed by `groundtune watch` in a process of its own, with the
bundled embedder. This process, which has had its search open all along, writes a word that no document had, and
searches for it by words until it is found. The clock starts when the file is closed. Part of the time is meant: a file
is read when it has rested (`rest_seconds`) and is looked at a few times a second. What embedding the passage takes,
measured apart in this process, is told beside. Deleting is measured in the same way, until nothing is found any more.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from groundtune.knowledge.prepare import passages_of, prepare
from groundtune.knowledge.settling import LONG_QUIET_SECONDS, QUIET_SECONDS
from groundtune.types import EVERYBODY, Document
from groundtune.workspace import Workspace

WORDS = ("key", "visit", "photograph", "locker", "equipment", "badge", "course", "plant", "instrument", "archive")
LOOK_SECONDS = 0.002
PATIENCE_SECONDS = 60
GROUNDTUNE = [sys.executable, "-c", "import sys; from groundtune.cli import main; main(sys.argv[1:])"]


def page(number: int, word: str, chance: random.Random) -> str:
    return f"# Rule {number}\n\nThe word is {word}. It speaks of the {' and the '.join(chance.sample(WORDS, 6))}.\n"


def word_of(number: int) -> str:
    """A word unlike any other, so that no other spelling of it is meant."""
    letters = random.Random(number)
    return "".join(letters.choice("bdfgkmnprtvz") + letters.choice("aou") for _ in range(6)) + "k"


def measure(folder: Path, documents: int, edits: int, deletes: int) -> dict[str, object]:
    chance = random.Random(7)
    root, pages = folder / "ws", folder / "pages"
    pages.mkdir()
    for number in range(documents):
        (pages / f"{number:06}.md").write_text(page(number, word_of(number), chance))
    workspace = Workspace.create(root)
    command = [*GROUNDTUNE, "watch", str(pages), "--workspace", str(root), "--json"]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            while '"kind": "watching"' not in process.stdout.readline():
                if process.poll() is not None:
                    raise SystemExit("watch ended")
            ready_seconds = time.perf_counter() - began
            _until(workspace, word_of(0), found=True)
            saved = [_edited(workspace, pages, documents, number, chance) for number in range(edits)]
            gone = [_deleted(workspace, pages, number) for number in range(deletes)]
        finally:
            process.terminate()
            process.communicate()
    return {
        "documents": documents,
        "first_look_seconds": ready_seconds,
        "saved_until_found_seconds": _spread(saved),
        "deleted_until_gone_seconds": _spread(gone),
        "embedding_seconds": _spread(_embedding(workspace, chance)),
    }


def _edited(workspace: Workspace, pages: Path, documents: int, number: int, chance: random.Random) -> float:
    """Seconds from closing an edited file until it is found; edits come at no particular moment of the watch's own."""
    time.sleep(chance.uniform(0.3, 0.8))
    word = word_of(1_000_000 + number)
    (pages / f"{chance.randrange(documents):06}.md").write_text(page(number, word, chance))
    return _until(workspace, word, found=True)


def _deleted(workspace: Workspace, pages: Path, number: int) -> float:
    path = sorted(pages.iterdir())[0]
    word = path.read_text().partition("word is ")[2].partition(".")[0]
    path.unlink()
    return _until(workspace, word, found=False)


def _until(workspace: Workspace, word: str, *, found: bool) -> float:
    began = time.perf_counter()
    while time.perf_counter() - began < PATIENCE_SECONDS:
        hits = workspace.searcher.search(word, reader=EVERYBODY, as_of=date.today(), k=1, legs=("lexical",))
        if any(word in hit.passage.text for hit in hits) == found:
            return time.perf_counter() - began
        time.sleep(LOOK_SECONDS)
    raise SystemExit(f"{word}: not {'found' if found else 'gone'} within {PATIENCE_SECONDS} seconds")


def _embedding(workspace: Workspace, chance: random.Random) -> list[float]:
    """Of one such document: splitting, analysing and embedding."""
    seconds = []
    for number in range(21):
        text = page(number, word_of(2_000_000 + number), chance)
        document = Document(id="x", title="x", text=text, source="x", language="en")
        began = time.perf_counter()
        passages_of([prepare(document, workspace.embedder)], workspace.analyser, workspace.embedder)
        seconds.append(time.perf_counter() - began)
    return seconds[1:]  # the first loads the model


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "n": len(ordered),
        "p50": round(statistics.median(ordered), 3),
        "p95": round(ordered[min(int(0.95 * len(ordered)), len(ordered) - 1)], 3),
        "max": round(ordered[-1], 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--edits", type=int, default=60)
    parser.add_argument("--deletes", type=int, default=10)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    load = round(os.getloadavg()[0], 1)
    with tempfile.TemporaryDirectory() as folder:
        measured = measure(Path(folder), given.documents, given.edits, given.deletes)
    record = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cpus": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()},
        "load_before": load,
        "load_after": round(os.getloadavg()[0], 1),
        "rest_seconds": QUIET_SECONDS,
        "rest_of_deletes_seconds": LONG_QUIET_SECONDS,
        **measured,
    }
    print(json.dumps(record, indent=2))
    if given.json is not None:
        given.json.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
