"""groundtune beside other search systems, each in a virtual environment of its own, one driver and one protocol.

    python benchmarks/peers/run.py [--sizes 2000 100000] [--systems groundtune lancedb ...] [--venvs FOLDER]

Makes the environments that are missing (some gigabytes), invents the corpora, runs each system at each size in a
process of its own, one after the other, and adds a table (Markdown) and all figures (JSON) to benchmarks/results/.
A run that is stopped continues with the same --keep folder: what was measured there is not measured again.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shlex
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import table
from systems import CONSTRAINTS, PEERS, Peer

HERE = Path(__file__).resolve().parent
LIMIT_SECONDS = 600
"""A system that takes longer at one size is stopped, and said to take longer."""

_ENVIRONMENT = {
    "OMP_NUM_THREADS": "2",
    "OMP_WAIT_POLICY": "passive",
    "LANCEDB_LOG": "error",  # a line of warning for every query costs time
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "ANONYMIZED_TELEMETRY": "False",
}


def main() -> None:
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "groundtune-peers"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[2_000, 100_000], help="passages")
    parser.add_argument("--systems", nargs="+", choices=[peer.name for peer in PEERS])
    parser.add_argument("--venvs", type=Path, default=cache / "venvs")
    parser.add_argument("--keep", type=Path, default=cache / "run", help="corpora, workspaces and figures")
    parser.add_argument("--gather", action="store_true", help="measure no more; report what --keep holds")
    parser.add_argument("--again", action="store_true", help="measure anew what --keep holds of these systems")
    parser.add_argument("--results", type=Path, default=HERE.parent / "results")
    parser.add_argument("--prefix", default="", help="a command that runs each driver, such as 'nice -n 5'")
    parser.add_argument("--remark", default="", help="what a reader of the result should know")
    parser.add_argument("--no-result", action="store_true", help="measure, but add nothing to --results")
    options = parser.parse_args()
    peers = [peer for peer in PEERS if options.systems is None or peer.name in options.systems]
    for peer in peers:
        install(peer, options.venvs)
    for size in options.sizes:
        made = options.keep / "corpora" / str(size)
        subprocess.run([python(peers[0], options.venvs), HERE / "corpus.py", made, str(size)], check=True)
        for peer in peers:
            out = figures_file(options.keep, peer, size)
            if not options.gather and (options.again or not out.exists()):
                print(f"{peer.title}, {size:,} passages", flush=True)
                run(peer, options.venvs, made, options.keep, out, shlex.split(options.prefix))
    for peer in peers:
        about = options.keep / f"{peer.name}-installed.json"
        if options.again or not about.exists():
            about.write_text(json.dumps(installed(peer, options.venvs), indent=1), "utf-8")
    report = gather(peers, options.sizes, options.keep)
    report["remark"] = options.remark
    print(table.markdown(report))
    if not options.no_result:
        write(report, options.results)


def install(peer: Peer, venvs: Path) -> None:
    done = venvs / peer.environment / ".done"
    if done.exists():
        return
    print(f"installing {peer.title}", flush=True)
    subprocess.run([sys.executable, "-m", "venv", venvs / peer.environment], check=True)
    constraints = venvs / "constraints.txt"
    constraints.write_text("\n".join(CONSTRAINTS) + "\n", "utf-8")
    pip = [python(peer, venvs), "-m", "pip", "install", "-q", "-c", constraints]
    subprocess.run([*pip, *peer.packages], check=True)
    done.touch()


def run(peer: Peer, venvs: Path, made: Path, keep: Path, out: Path, prefix: Sequence[str]) -> None:
    """One system at one size. Its figures lie in `out`, those until then when it is stopped or fails."""
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_suffix(".part")
    draft.unlink(missing_ok=True)
    work = keep / "work" / out.stem
    command = [*prefix, python(peer, venvs), HERE / f"system_{peer.name}.py"]
    started = time.monotonic()
    failure = ""
    with out.with_suffix(".log").open("w") as log:
        try:
            subprocess.run(
                [*command, "--corpus", made, "--folder", work, "--out", draft],
                check=True,
                stdout=log,
                stderr=log,
                timeout=LIMIT_SECONDS,
                env={**os.environ, **_ENVIRONMENT},
            )
        except subprocess.TimeoutExpired:
            failure = f"> {LIMIT_SECONDS} s"
        except subprocess.CalledProcessError as error:
            failure = f"failed ({error.returncode})"
    figures = json.loads(draft.read_text("utf-8")) if draft.exists() else {}
    figures |= {"seconds": round(time.monotonic() - started, 1), "failure": failure}
    figures["when"] = datetime.now(UTC).isoformat(timespec="seconds")
    out.write_text(json.dumps(figures, indent=1, ensure_ascii=False), "utf-8")
    draft.unlink(missing_ok=True)


def installed(peer: Peer, venvs: Path) -> dict[str, Any]:
    """Versions, size on disk without pip, and the time that a new process needs to import the system."""
    listing = subprocess.run(
        [python(peer, venvs), "-m", "pip", "list", "--format=json"], check=True, capture_output=True
    ).stdout
    versions = {row["name"]: row["version"] for row in json.loads(listing)}
    site = next((venvs / peer.environment / "lib").glob("python*")) / "site-packages"
    files = [file for file in site.rglob("*") if file.is_file() and not file.is_symlink()]
    tools = ("pip", "setuptools", "_distutils_hack", "pkg_resources")
    size = sum(file.stat().st_size for file in files if not file.relative_to(site).parts[0].startswith(tools))
    bare = _took([python(peer, venvs), "-c", "pass"])
    imported = _took([python(peer, venvs), "-c", peer.imports])
    about = {
        "version": versions.get(peer.main_package, versions.get(peer.main_package.replace("-", "_"))),
        "versions": versions,
        "packages": len([name for name in versions if name not in ("pip", "setuptools")]),
        "installed_mb": size / 1e6,
        "import_ms": imported["ms"] - bare["ms"],
        "import_busy_ms": imported["busy_ms"] - bare["busy_ms"],
        "load": os.getloadavg()[0],
    }
    command = venvs / peer.environment / "bin" / "groundtune"
    if command.exists():
        about["help"] = _took([command, "--help"])
    return about


def _took(command: Sequence[str | Path]) -> dict[str, float]:
    """Medians of five runs, after one that fills the caches: milliseconds, and those of the processor alone."""
    times = []
    for _ in range(6):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seconds = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append((seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
    seconds, busy = (statistics.median(column) * 1000 for column in zip(*times[1:], strict=True))
    return {"ms": seconds, "busy_ms": busy}


def gather(peers: Sequence[Peer], sizes: Sequence[int], keep: Path) -> dict[str, Any]:
    systems = {}
    for peer in peers:
        about = json.loads((keep / f"{peer.name}-installed.json").read_text("utf-8"))
        at = {str(size): figures(keep, peer, size) for size in sizes}
        systems[peer.name] = {"title": peer.title, "keeps": peer.keeps, "why": peer.why, **about, "sizes": at}
    return {
        "what": "groundtune beside other systems",
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "processors": os.cpu_count(),
            "platform": platform.platform(),
            "python": platform.python_version(),
        },
        "sizes": list(sizes),
        "systems": systems,
    }


def write(report: dict[str, Any], results: Path) -> None:
    results.mkdir(parents=True, exist_ok=True)
    stem = f"peers-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    (results / f"{stem}.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (results / f"{stem}.md").write_text(table.markdown(report), "utf-8")
    print(results / f"{stem}.md")


def figures(keep: Path, peer: Peer, size: int) -> dict[str, Any]:
    file = figures_file(keep, peer, size)
    if not file.exists():
        return {"failure": "not measured"}
    return dict(json.loads(file.read_text("utf-8")))


def figures_file(keep: Path, peer: Peer, size: int) -> Path:
    return keep / "figures" / f"{peer.name}-{size}.json"


def python(peer: Peer, venvs: Path) -> Path:
    return venvs / peer.environment / "bin" / "python"


if __name__ == "__main__":
    main()
