"""How long a person waits for `groundtune search` and `groundtune ask`, each time in a new process.

    python benchmarks/cold.py --passages 10000 --runs 20 --keep FOLDER

Documents are invented (rules of sites and teams, one section a passage, Korean and English by turns) and go in by
`groundtune init` and `groundtune add` with the bundled embedder. Ten thousand passages take minutes: `--keep` names a
folder in which the workspace stays and is used again. Each question asks for the figure of another section. Timed from
the start of the process: the first line on standard output, and the end. `ask` prints an answer when all of its
sentences are checked, so its first line is the first checked sentence.

Measured twice: with everything in the page cache, and after the kernel was asked to drop what it holds of the
workspace, the model cache, the standard library and site-packages (posix_fadvise; what another process has mapped
stays). The load of the machine and the processor's own seconds are recorded beside the clock's.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

from groundtune.i18n import t_in

PER_DOCUMENT = 20
REFUSALS = tuple(t_in(language, "No answer: {reason}", reason="") for language in ("en", "ko"))
AIMS_SECONDS = {"search": 1.5, "ask": 3.0}
"""To the end of a search, and to the first checked sentence of an answer, at ten thousand passages."""

SITES = (
    ("누리", "Nuri"), ("가온", "Gaon"), ("한빛", "Hanbit"), ("새별", "Saebyeol"), ("다솜", "Dasom"),
    ("미르", "Mir"), ("보람", "Boram"), ("아라", "Ara"), ("온새", "Onsae"), ("초롱", "Chorong"),
)  # fmt: skip
TEAMS = (
    ("도서관", "Library"), ("온실", "Greenhouse"), ("천문대", "Observatory"), ("공방", "Workshop"), ("수영장", "Pool"),
    ("식당", "Canteen"), ("창고", "Warehouse"), ("기록실", "Archive"), ("체육관", "Gymnasium"), ("극장", "Theatre"),
)  # fmt: skip
RULES = (
    ("열쇠 반납", "returning a key", "일", "days"), ("방문 신청", "asking for a visit", "일", "days"),
    ("사진 신청", "asking to take photographs", "일", "days"), ("분실물 보관", "keeping lost things", "주", "weeks"),
    ("사물함 이용", "using a locker", "개월", "months"), ("장비 대여", "borrowing equipment", "일", "days"),
    ("회원권 정지", "pausing a membership", "개월", "months"), ("단체 예약", "booking for a group", "주", "weeks"),
    ("자전거 등록", "registering a bicycle", "시간", "hours"), ("환불 신청", "asking for a refund", "일", "days"),
    ("안전 교육", "the safety lesson", "시간", "hours"), ("출입증 갱신", "renewing a badge", "개월", "months"),
    ("강좌 취소", "cancelling a course", "일", "days"), ("화분 교체", "changing a plant pot", "주", "weeks"),
    ("악기 대여", "borrowing an instrument", "일", "days"), ("전시 신청", "asking for an exhibition", "주", "weeks"),
    ("물품 보관", "storing goods", "개월", "months"), ("자료 복사", "copying records", "시간", "hours"),
    ("청소 점검", "the cleaning round", "시간", "hours"), ("의견 회신", "answering a suggestion", "일", "days"),
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """One command in one process, in seconds of the clock and of the processor."""

    first_line: float
    end: float
    processor: float
    refused: bool | None = None
    """Whether an answer was refused; None for a search."""


def write_documents(folder: Path, passages: int) -> None:
    """`passages` sections in documents of twenty."""
    chance = random.Random(1)
    for number in range(-(-passages // PER_DOCUMENT)):
        korean, place, title = _place(number)
        sections = []
        for rule in RULES[: min(PER_DOCUMENT, passages - number * PER_DOCUMENT)]:
            amount = chance.randint(2, 28)
            if korean:
                sections.append(
                    f"## {rule[0]}\n\n{place}의 {rule[0]} 기한은 {amount}{rule[2]}입니다. 담당자가 받은 날부터 셉니다."
                )
            else:
                sections.append(
                    f"## {rule[1].capitalize()}\n\nAt {place}, the limit for {rule[1]} is {amount} {rule[3]}. "
                    "It is counted from the day on which the desk has received the form."
                )
        (folder / f"{number:05}.md").write_text(f"# {title}\n\n" + "\n\n".join(sections) + "\n", "utf-8")


def _place(number: int) -> tuple[bool, str, str]:
    """Whether the document is Korean, the place that it is about, and its title."""
    korean = number % 2 == 0
    index = number // 2
    site, team = SITES[index % len(SITES)], TEAMS[index // len(SITES) % len(TEAMS)]
    building = index // (len(SITES) * len(TEAMS)) + 1
    if korean:
        return True, f"{site[0]} {building}관 {team[0]}", f"{site[0]} {building}관 {team[0]} 이용 규정"
    return False, f"the {site[1]} {team[1]} in building {building}", f"{site[1]} {team[1]}, building {building}: rules"


def questions(passages: int, count: int) -> Iterator[str]:
    """`count` questions, each about another section where there are as many."""
    chance = random.Random(2)
    for section in chance.sample(range(passages), min(count, passages)):
        korean, place, _ = _place(section // PER_DOCUMENT)
        rule = RULES[section % PER_DOCUMENT]
        yield f"{place}의 {rule[0]} 기한은 얼마입니까?" if korean else f"What is the limit for {rule[1]} at {place}?"


def prepare(folder: Path, passages: int) -> tuple[Path, float | None]:
    """A workspace with `passages` passages, and the seconds that adding them took; None when it was there."""
    workspace = folder / f"cold-{passages}"
    if (workspace / "ready").exists():
        return workspace, None
    documents = folder / f"documents-{passages}"
    documents.mkdir(parents=True, exist_ok=True)
    write_documents(documents, passages)
    if not (workspace / "groundtune.toml").exists():
        subprocess.run([*_groundtune(), "init", str(workspace)], check=True, stdout=subprocess.DEVNULL)
    started = time.perf_counter()
    command = [*_groundtune(), "add", str(documents), "--workspace", str(workspace), "--json"]
    added = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["report"]
    seconds = time.perf_counter() - started
    if added["refused"] or added["passages"] != passages:
        raise SystemExit(f"{added['passages']} passages were added, refused: {added['refused']}")
    (workspace / "ready").touch()
    return workspace, seconds


def run(command: Sequence[str]) -> Run:
    """Runs it and reads its output line by line as it comes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        first = time.perf_counter() - started
        process.stdout.read()
    end = time.perf_counter() - started
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    refused = line.startswith(REFUSALS) if "ask" in command else None
    return Run(first, end, worked, refused)


def drop(folders: Sequence[Path]) -> int:
    """Asks the kernel to forget its pages of every file below `folders`; returns how many files there were."""
    count = 0
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_symlink() or not path.is_file():
                continue
            try:
                handle = os.open(path, os.O_RDONLY)
            except OSError:
                continue
            try:
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(handle)
            count += 1
    return count


def summary(runs: Sequence[Run]) -> dict[str, object]:
    def between(values: Sequence[float]) -> dict[str, float]:
        ordered = sorted(values)
        return {
            "p50": round(statistics.median(ordered), 3),
            "p95": round(ordered[min(round(0.95 * (len(ordered) - 1)), len(ordered) - 1)], 3),
            "least": round(ordered[0], 3),
        }

    refused = [r.refused for r in runs if r.refused is not None]
    return {
        "n": len(runs),
        "first_line_seconds": between([r.first_line for r in runs]),
        "end_seconds": between([r.end for r in runs]),
        "processor_seconds": between([r.processor for r in runs]),
        "refused": sum(refused) if refused else None,
    }


def _groundtune() -> list[str]:
    return [str(Path(sys.executable).with_name("groundtune"))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=20, help="of each command, with the page cache warm")
    parser.add_argument("--dropped-runs", type=int, default=5, help="of each command, with the page cache dropped")
    parser.add_argument("--keep", type=Path, help="where the workspace stays; by default it is thrown away")
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    os.environ["GROUNDTUNE_LANG"] = "en"
    with tempfile.TemporaryDirectory(prefix="groundtune-cold-") as scratch:
        folder = options.keep or Path(scratch)
        workspace, add_seconds = prepare(folder, options.passages)
        record = measure(workspace, options.passages, options.runs, options.dropped_runs)
    record |= {"passages": options.passages, "add_seconds": add_seconds and round(add_seconds, 1)}
    options.results.mkdir(parents=True, exist_ok=True)
    path = options.results / f"cold-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(path)


def measure(workspace: Path, passages: int, warm: int, dropped: int) -> dict[str, object]:
    from groundtune.models.cache import cache_folder

    places = [workspace, cache_folder(), Path(sysconfig.get_path("purelib")), Path(sysconfig.get_path("stdlib"))]
    asked = cycle(list(questions(passages, 2 * (warm + dropped) + 2)))
    record: dict[str, object] = {
        "benchmark": "cold",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cpus": os.cpu_count(), "platform": platform.platform(), "python": platform.python_version()},
        "load_before": round(os.getloadavg()[0], 1),
        "aims_seconds": AIMS_SECONDS,
    }
    found: dict[str, dict[str, object]] = {}
    for command in ("search", "ask"):
        words = [*_groundtune(), command]
        run([*words, next(asked), "--workspace", str(workspace)])  # brings everything into the page cache
        runs = {"warm": [run([*words, next(asked), "--workspace", str(workspace)]) for _ in range(warm)]}
        if hasattr(os, "posix_fadvise") and dropped:
            runs["dropped"] = []
            for _ in range(dropped):
                drop(places)
                runs["dropped"].append(run([*words, next(asked), "--workspace", str(workspace)]))
        found[command] = {name: summary(those) | {"runs": list(map(asdict, those))} for name, those in runs.items()}
        for name, those in runs.items():
            figures = summary(those)
            print(f"{command:6} {name:7} n={figures['n']}: first line {figures['first_line_seconds']} s, "
                  f"end {figures['end_seconds']} s, processor {figures['processor_seconds']} s, "
                  f"refused {figures['refused']}")  # fmt: skip
    record["commands"] = found
    record["load_after"] = round(os.getloadavg()[0], 1)
    return record


if __name__ == "__main__":
    main()
