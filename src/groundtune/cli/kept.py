"""How answers that are kept are named and listed, and from which moment on."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from groundtune.i18n import t

if TYPE_CHECKING:
    from groundtune.storage.kept import KeptAnswer

_WIDTH = 60
"""Characters of a question in a list."""


def midnight(day: date) -> datetime:
    """When a day begins here."""
    return datetime.combine(day, time()).astimezone()


def days_ago(days: int) -> datetime:
    return midnight(date.today() - timedelta(days=days))


def summary(kept: KeptAnswer) -> dict[str, Any]:
    """An answer in a list, as JSON shows it."""
    return {
        "id": kept.id,
        "question": kept.question.text,
        "asked_at": kept.asked_at,
        "as_of": kept.question.as_of,
        "groups": kept.question.reader.groups,
        "language": kept.language,
        "refused": kept.refused,
        "reason_code": kept.reason_code,
        "gone": kept.answer is None,
        "documents": sorted({source.document_id for source in kept.sources if source.document_id is not None}),
    }


def heading(kept: KeptAnswer) -> str:
    """An answer's line above what is said of it."""
    day = f"{kept.asked_at.astimezone():%Y-%m-%d}"
    said = t("{question} (asked {day}, as of {as_of})", question=short(kept), day=day, as_of=kept.question.as_of)
    return f"{kept.id}. {said}"


def state(kept: KeptAnswer) -> str:
    if kept.refused:
        return t("refused")
    return t("answered") if kept.answer is not None else t("gone")


def short(kept: KeptAnswer) -> str:
    text = " ".join(kept.question.text.split())
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}…"
