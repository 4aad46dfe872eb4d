"""The words and number forms of the report, for either language."""

from __future__ import annotations

from datetime import datetime

from groundtune.comparison.result import MeasuredArm
from groundtune.comparison.statistics import Interval
from groundtune.i18n import Message, say

FAMILIES: dict[str, Message] = {
    "baseline": say("baseline"),
    "prompt": say("model alone"),
    "rag": say("RAG"),
    "tuned": say("fine-tuned"),
    "tuned_rag": say("fine-tuned + RAG"),
    "ceiling": say("ceiling, not for use"),
}
STATUSES: dict[str, Message] = {
    "confirmed": say("confirmed"),
    "contradicted": say("contradicted"),
    "undecided": say("measured, undecided"),
    "untested": say("untested"),
    "mixed": say("differs by language"),
}
METRICS: dict[str, Message] = {"correct": say("Right answers"), "macro_f1": say("Macro-F1")}
KINDS: dict[str, Message] = {
    "answerable": say("answerable"),
    "off_topic": say("off topic"),
    "near_topic": say("near the topic, not answered by the documents"),
}
PLACES: dict[str, Message] = {
    "candidate": say("candidate"),
    "beaten": say("beaten"),
    "undecided": say("open"),
    "excluded": say("excluded"),
    "not_applicable": say("not applicable"),
    "diagnostic": say("yardstick"),
}
UPDATES: dict[str, Message] = {
    "immediate": say("learns at once"),
    "retrain": say("has to be retrained"),
    "none": say("never learns"),
}
CHANGES: dict[str, Message] = {
    "update": say("updated"),
    "add": say("added"),
    "delete": say("deleted"),
    "untouched": say("untouched"),
}
_LANGUAGES: dict[str, Message] = {"ko": say("Korean"), "en": say("English")}
UNKNOWN = "–"


def language_name(code: str | None) -> Message:
    if code is None:
        return say("All cases")
    return _LANGUAGES.get(code, Message(code))


def slice_name(language: str | None, n: int) -> Message:
    return (
        say("{language}, {n} {n:|case|cases}", language=language_name(language), n=f"{n:,}")
        if language
        else say("{n} {n:|case|cases}", n=f"{n:,}")
    )


def percent(share: float | None) -> str:
    return UNKNOWN if share is None else f"{100 * share:.1f}%"


def span(found: Interval | None) -> str:
    return UNKNOWN if found is None else f"{100 * found.low:.1f}–{100 * found.high:.1f}"


def signed(share: float) -> str:
    return f"{round(100 * share, 1) + 0.0:+.1f}".replace("-", "−")


def signed_span(found: Interval) -> str:
    return f"{signed(found.low)} … {signed(found.high)}"


def milliseconds(value: float | None) -> str:
    if value is None:
        return UNKNOWN
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def seconds(value: float | None) -> str:
    if value is None:
        return UNKNOWN
    if value >= 120:
        return f"{value / 60:,.1f} min"
    return f"{value:.1f} s" if value >= 0.95 else f"{1000 * value:,.0f} ms"


def moments(start: datetime | None, end: datetime | None) -> str:
    """From when to when, to the minute; the day of the end where it is another one."""
    if start is None or end is None:
        return UNKNOWN
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%Y-%m-%d %H:%M}"
    return f"{start:%Y-%m-%d %H:%M} – {until}"


def machine_time(arm: MeasuredArm) -> str:
    """Of a thousand calls, one after the other."""
    return UNKNOWN if arm.latency_mean_ms is None or not arm.offline else seconds(arm.latency_mean_ms)


def amount(value: float | None) -> str:
    if value is None:
        return UNKNOWN
    if value == 0:
        return "0"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}" if value >= 1 else f"{value:.2g}"


def p_value(p: float | None) -> str:
    return UNKNOWN if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"
