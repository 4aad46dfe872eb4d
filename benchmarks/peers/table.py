"""Figures to a Markdown table: one row a system, groundtune's first, with ratios to it. Knows no measuring."""

from __future__ import annotations

from typing import Any

BASE = "groundtune"
_TIMES = {
    "hybrid_plain": "hybrid",
    "hybrid_filtered": "hybrid, filtered",
    "dense_plain": "dense",
    "dense_filtered": "dense, filtered",
    "visible": "edit seen",
    "gone": "delete seen",
}


def markdown(report: dict[str, Any]) -> str:
    machine = report["machine"]
    lines = [
        f"# groundtune beside other systems, {report['when'][:10]}",
        "",
        f"{machine['processors']} processors, {machine['platform']}, Python {machine['python']}. Times are",
        "milliseconds, p50 / p95; in brackets the ratio of the p50 to groundtune's (above 1: slower). The same vectors",
        "for all, from memory, so that only the systems count; reading the query's words is included. Filtered: any of",
        "the reader's three groups, and in force on one day. The second table of a size counts processor time alone,",
        "of all threads: it hardly depends on what else the machine does.",
    ]
    if report.get("remark"):
        lines += ["", f"**{report['remark']}**"]
    for size in report["sizes"]:
        lines += ["", f"## {size:,} passages", "", *_speed(report, str(size)), "", *_processor(report, str(size))]
        lines += ["", *_quality(report, str(size))]
    lines += ["", "## The systems", "", *_systems(report), "", *_notes(report)]
    return "\n".join(lines) + "\n"


def _speed(report: dict[str, Any], size: str) -> list[str]:
    rows = [["system", "added, passages/s", *_TIMES.values()]]
    base = report["systems"].get(BASE, {}).get("sizes", {}).get(size, {})
    for system in report["systems"].values():
        figures = system["sizes"][size]
        row = [system["title"], _rate(figures, base)]
        row += [_time(figures, base, name) for name in _TIMES]
        rows.append(row)
    return _table(rows)


def _processor(report: dict[str, Any], size: str) -> list[str]:
    rows = [["processor time", "added, passages/s", *_TIMES.values()]]
    base = report["systems"].get(BASE, {}).get("sizes", {}).get(size, {})
    for system in report["systems"].values():
        figures = system["sizes"][size]
        row = [system["title"], _rate(figures, base, "add_busy_seconds")]
        row += [_time(figures, base, name, "busy_") for name in _TIMES]
        rows.append(row)
    return _table(rows)


def _quality(report: dict[str, Any], size: str) -> list[str]:
    header = ["system", "recall@10, dense", "… filtered", "shown though filtered out", "stale after an edit"]
    header += ["peak memory MB", "on disk MB", "load average"]
    rows = [header]
    for system in report["systems"].values():
        f = system["sizes"][size]
        plain, filtered = f.get("dense_plain_check", {}), f.get("dense_filtered_check", {})
        leaked = [f[name]["leaked"] for name in ("hybrid_filtered_check", "dense_filtered_check") if name in f]
        rows.append(
            [
                system["title"],
                _number(plain.get("recall"), 3),
                _number(filtered.get("recall"), 3),
                str(sum(leaked)) if leaked else "–",
                _stale(f),
                _number(f.get("peak_mb", f.get("peak_add_mb"))),
                _number(f.get("disk_mb")),
                f"{f.get('load_before', 0):.1f}–{f.get('load_after', 0):.1f}" if "load_after" in f else "–",
            ]
        )
    return _table(rows)


def _systems(report: dict[str, Any]) -> list[str]:
    header = ["system", "version", "packages", "installed MB", "import ms", "… of the processor"]
    rows = [[*header, "keeps its truth", "why"]]
    for system in report["systems"].values():
        keeps = "yes" if system["keeps"] else "no"
        rows.append(
            [
                system["title"],
                str(system["version"]),
                str(system["packages"]),
                _number(system["installed_mb"]),
                _number(system["import_ms"]),
                _number(system["import_busy_ms"]),
                keeps,
                system["why"],
            ]
        )
    lines = _table(rows)
    base = report["systems"].get(BASE, {})
    if "help" in base:
        times = base["help"]
        command = f"`groundtune --help` in a new process: {times['ms']:.0f} ms"
        lines += ["", f"{command}, {times['busy_ms']:.0f} of them the processor's (load average {base['load']:.1f})."]
    return lines


def _notes(report: dict[str, Any]) -> list[str]:
    lines = ["What was chosen, and what a system can't do:", ""]
    for system in report["systems"].values():
        notes = next(iter(reversed([f["notes"] for f in system["sizes"].values() if "notes" in f])), {})
        said = "; ".join(f"{name.replace('_', ' ')}: {text}" for name, text in notes.items())
        lines.append(f"- **{system['title']}**: {said}.")
    return lines


def _time(figures: dict[str, Any], base: dict[str, Any], name: str, kind: str = "") -> str:
    found = figures.get(name)
    if not found:
        return "none" if name in figures.get("notes", {}) else figures.get("failure") or "none"
    p50, p95 = found[f"{kind}p50_ms"], found[f"{kind}p95_ms"]
    reference = base.get(name)
    ratio = f" ({p50 / reference[f'{kind}p50_ms']:.2g}×)" if reference and figures is not base else ""
    few = f", n={found['n']}" if found["n"] < 20 else ""
    return f"{p50:,.3g} / {p95:,.3g}{ratio}{few}" if p95 < 1000 else f"{p50:,.0f} / {p95:,.0f}{ratio}{few}"


def _rate(figures: dict[str, Any], base: dict[str, Any], seconds: str = "add_seconds") -> str:
    if seconds not in figures:
        return figures.get("failure") or "–"
    rate = figures["passages"] / figures[seconds]
    ratio = f" ({base[seconds] / figures[seconds]:.2g}×)" if seconds in base and figures is not base else ""
    return f"{rate:,.0f}{ratio}"


def _stale(figures: dict[str, Any]) -> str:
    if "stale" not in figures:
        return "–"
    unseen = f", {figures['unseen']} never seen" if figures["unseen"] else ""
    return f"{figures['stale']}{unseen}"


def _number(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _table(rows: list[list[str]]) -> list[str]:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "|" + "|".join([" --- "] + [" ---: "] * (len(rows[0]) - 1)) + "|")
    return lines
