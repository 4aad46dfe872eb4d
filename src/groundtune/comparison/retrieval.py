"""How well something finds: recall@k, MRR and nDCG@k over cases, each with its interval, and each case's rank.

Takes any callable from a case to ranked hits; knows nothing of indexes or passages. A hit counts under its passage's
id ("DOCUMENT#ORDINAL") or its document's.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from groundtune.comparison.statistics import Interval, mean_interval
from groundtune.errors import BadData
from groundtune.i18n import t
from groundtune.progress import Progress, Silent
from groundtune.types import Origin


@dataclass(frozen=True, slots=True)
class RetrievalCase:
    id: str
    question: str
    relevant: tuple[str, ...]
    """Ids of the documents or passages that hold the answer."""
    as_of: date | None = None
    """The day asked about; `None` when the case does not say."""
    groups: frozenset[str] = frozenset()
    """The reader groups of whoever asks."""
    language: str | None = None
    origin: Origin = "human"


HitIds = tuple[str, ...]
"""The ids that one hit counts under."""
Find = Callable[[RetrievalCase], Sequence[HitIds]]
"""A case to its hits, best first."""
FindByWeight = Callable[[RetrievalCase, Sequence[float]], Sequence[Sequence[HitIds]]]
"""A case and fusion weights to the hits under each weight."""

WEIGHTS = tuple(round(step / 20, 2) for step in range(21))
"""The fusion weights that are tried."""


@dataclass(frozen=True, slots=True)
class CaseFigures:
    case_id: str
    rank: int | None
    """Of the first relevant hit among the first k, from 1; `None` when there is none."""
    recall: float
    reciprocal_rank: float
    ndcg: float


@dataclass(frozen=True, slots=True)
class RetrievalFigures:
    """One arm's figures at `k`, 0 to 1, higher is better; intervals by resampling the cases."""

    arm: str
    k: int
    n: int
    recall: Interval
    mrr: Interval
    ndcg: Interval
    cases: tuple[CaseFigures, ...]


@dataclass(frozen=True, slots=True)
class FittedWeight:
    """The weight fitted on one half of the cases and what it gives on the other half."""

    fitted_on: int
    """Cases in the half that the weight was fitted on."""
    weight: float
    recall_when_fitted: float
    other_half: RetrievalFigures


def read_retrieval_cases(path: Path) -> list[RetrievalCase]:
    """JSONL rows {"question", "relevant", "as_of"?, "groups"?, "id"?, "language"?, "origin"?}; raises BadData with the
    line. A question of an answer task that must be refused has nothing to be found, and is passed over."""
    from groundtune.comparison.cases import json_rows

    cases: list[RetrievalCase] = []
    seen: dict[str, int] = {}
    for line, row in json_rows(path):
        if row.get("kind", "answerable") != "answerable" and not row.get("relevant"):
            continue
        case = _case(row, path, line)
        if case.id in seen:
            reason = t("The id “{id}” is on line {line} already.", id=case.id, line=seen[case.id])
            raise BadData(reason, path=path, line=line)
        seen[case.id] = line
        cases.append(case)
    if not cases:
        raise BadData(t("There is no case in the file."), path=path)
    return cases


def _case(row: Mapping[str, Any], path: Path, line: int) -> RetrievalCase:
    from groundtune.comparison.cases import origin_of

    question, relevant = row.get("question"), row.get("relevant")
    if not isinstance(question, str) or not question.strip():
        raise BadData(t("A case needs a “question”, a text that isn't empty."), path=path, line=line)
    if not isinstance(relevant, list) or not relevant or not all(isinstance(name, str) and name for name in relevant):
        raise BadData(t("A case needs “relevant”, a list of document or passage ids."), path=path, line=line)
    stated = row.get("as_of")
    try:
        as_of = None if stated is None else date.fromisoformat(str(stated))
    except ValueError as error:
        reason = t("“{value}” is not a date; write it as 2026-11-22.", value=stated)
        raise BadData(reason, path=path, line=line) from error
    return RetrievalCase(
        id=str(row.get("id") or line),
        question=question,
        relevant=tuple(dict.fromkeys(relevant)),
        as_of=as_of,
        groups=frozenset(map(str, row.get("groups") or ())),
        language=row.get("language"),
        origin=origin_of(row, path, line),
    )


def score_case(case: RetrievalCase, hits: Sequence[HitIds], k: int) -> CaseFigures:
    """Binary relevance. A relevant id counts once, at its first hit; the ideal ranking has them all at the top."""
    wanted = set(case.relevant)
    rank: int | None = None
    gain = 0.0
    for position, ids in enumerate(hits[:k], start=1):
        found = wanted.intersection(ids)
        if found:
            rank = rank or position
            gain += 1 / math.log2(position + 1)
            wanted -= found
    ideal = sum(1 / math.log2(position + 1) for position in range(1, min(len(case.relevant), k) + 1))
    return CaseFigures(
        case_id=case.id,
        rank=rank,
        recall=1 - len(wanted) / len(case.relevant),
        reciprocal_rank=0.0 if rank is None else 1 / rank,
        ndcg=min(gain / ideal, 1.0),
    )


def measure(
    arm: str, cases: Sequence[RetrievalCase], find: Find, k: int, progress: Progress | None = None
) -> RetrievalFigures:
    """The figures of `find` over `cases`, of which there must be one at least."""
    progress = progress or Silent()
    scored = []
    for case in cases:
        scored.append(score_case(case, find(case), k))
        progress.advance()
    return summarise(arm, scored, k)


def summarise(arm: str, scored: Sequence[CaseFigures], k: int) -> RetrievalFigures:
    return RetrievalFigures(
        arm=arm,
        k=k,
        n=len(scored),
        recall=mean_interval([case.recall for case in scored]),
        mrr=mean_interval([case.reciprocal_rank for case in scored]),
        ndcg=mean_interval([case.ndcg for case in scored]),
        cases=tuple(scored),
    )


def fit_weight(
    cases: Sequence[RetrievalCase], find: FindByWeight, k: int, progress: Progress | None = None
) -> tuple[tuple[FittedWeight, ...], RetrievalFigures | None]:
    """Fits the fusion weight on each half by recall@k (then nDCG@k) and measures it on the other half.

    Halves are told by a hash of the case's id, so they stay the same from run to run. Also gives the figures over all
    cases, each measured with the weight that its own half had no part in; nothing when a half is empty.
    """
    progress = progress or Silent()
    by_weight: dict[str, list[CaseFigures]] = {}
    for case in cases:
        by_weight[case.id] = [score_case(case, hits, k) for hits in find(case, WEIGHTS)]
        progress.advance()
    halves = [[case.id for case in cases if half_of(case.id) == half] for half in (0, 1)]
    if not all(halves):
        return (), None
    fitted: list[FittedWeight] = []
    measured: dict[str, CaseFigures] = {}
    for own, other in (halves, halves[::-1]):
        quality = [
            (_mean(by_weight[i][w].recall for i in own), _mean(by_weight[i][w].ndcg for i in own))
            for w in range(len(WEIGHTS))
        ]
        best = max(range(len(WEIGHTS)), key=quality.__getitem__)
        figures = summarise("fitted", [by_weight[i][best] for i in other], k)
        fitted.append(FittedWeight(len(own), WEIGHTS[best], quality[best][0], figures))
        measured |= {case.case_id: case for case in figures.cases}
    return tuple(fitted), summarise("fitted", [measured[case.id] for case in cases], k)


def half_of(case_id: str) -> int:
    """0 or 1, by the id's hash."""
    return hashlib.sha256(case_id.encode()).digest()[0] & 1


def _mean(values: Iterable[float]) -> float:
    numbers = list(values)
    return sum(numbers) / len(numbers)
