"""`groundtune eval retrieval`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from groundtune.cli.output import emit, json_option, open_workspace, table, workspace_option
from groundtune.i18n import t

if TYPE_CHECKING:
    from groundtune.comparison.retrieval import FittedWeight, RetrievalCase, RetrievalFigures
    from groundtune.comparison.statistics import Interval
    from groundtune.knowledge.search import LegNames


@click.group("eval")
def eval_command() -> None:
    """Measure retrieval on cases."""


@eval_command.command("retrieval")
@click.argument("cases_path", metavar="CASES", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-k", default=10, show_default=True, type=click.IntRange(1, 1000), help=t("How many passages count."))
@click.option("--any-date", is_flag=True, help=t("A case without as_of asks any date, not today."))
@json_option
@workspace_option
def retrieval_command(cases_path: Path, k: int, any_date: bool, as_json: bool, workspace_path: Path | None) -> None:
    """Recall@k, MRR and nDCG@k of each leg, of both, and of a fusion weight fitted on one half of the cases.

    CASES is JSONL: {"question", "relevant": [document or passage ids], "as_of"?, "groups"?, "id"?}. Drafted cases that
    nobody has checked are measured apart.
    """
    from groundtune.comparison.retrieval import fit_weight, measure, read_retrieval_cases
    from groundtune.progress import Bar
    from groundtune.workspace.retrieval import finders

    cases = read_retrieval_cases(cases_path)
    checked = [case for case in cases if case.origin != "drafted"]
    drafted = [case for case in cases if case.origin == "drafted"]
    workspace = open_workspace(workspace_path)
    stored = {info.id for info in workspace.store.documents()}
    unknown = sorted(
        {name for case in cases for name in case.relevant if name.rpartition("#")[0] not in stored} - stored
    )
    find = finders(workspace.searcher, k, None if any_date else date.today())
    progress = Bar()
    progress.start(t("Measuring"), 3 * len(cases) + len(checked))

    def measured(some: Sequence[RetrievalCase]) -> list[RetrievalFigures]:
        legs: tuple[LegNames, ...] = ("lexical", "dense", "hybrid")
        return [measure(leg, some, find.by_leg(leg), k, progress) for leg in legs if some]

    arms, apart = measured(checked), measured(drafted)
    halves, fitted = fit_weight(checked, find.by_weight, k, progress)
    progress.finish()
    if as_json:
        emit(
            "eval-retrieval/1",
            {
                "cases": len(checked),
                "k": k,
                "unknown_relevant": unknown,
                "arms": arms,
                "fitted": fitted,
                "halves": halves,
                "drafted": {"cases": len(drafted), "arms": apart},
            },
        )
        return
    if arms:
        _print(arms, fitted, halves, k)
    if apart:
        _print_drafted(apart, k, alone=not arms)
    if unknown:
        text = t(
            "{count} relevant {count:|id is|ids are} not here, such as {example}.",
            count=len(unknown),
            example=unknown[0],
        )
        click.echo(text, err=True)


def _print(
    arms: Sequence[RetrievalFigures], fitted: RetrievalFigures | None, halves: Sequence[FittedWeight], k: int
) -> None:
    _print_figures([*arms, *([fitted] if fitted else [])], k)
    click.echo(t("{count} {count:|case|cases}; 95 % intervals by resampling the cases.", count=arms[0].n))
    for half in halves:
        click.echo(
            t(
                "Weight {weight} of the lexical leg, fitted on {fitted_on} {fitted_on:|case|cases} (recall "
                "{there:.3f}), "
                "gives {here:.3f} on the other {rest}.",
                weight=half.weight,
                fitted_on=half.fitted_on,
                there=half.recall_when_fitted,
                here=half.other_half.recall.value,
                rest=half.other_half.n,
            )
        )


def _print_drafted(arms: Sequence[RetrievalFigures], k: int, *, alone: bool) -> None:
    if not alone:
        click.echo()
    click.echo(
        click.style(
            t("{count} drafted {count:|case|cases}, checked by nobody: a sketch, no measurement.", count=arms[0].n),
            bold=True,
        )
    )
    _print_figures(arms, k)


def _print_figures(arms: Sequence[RetrievalFigures], k: int) -> None:
    rows = [(figures.arm, _shown(figures.recall), _shown(figures.mrr), _shown(figures.ndcg)) for figures in arms]
    table((t("arm"), f"recall@{k}", f"MRR@{k}", f"nDCG@{k}"), rows)


def _shown(interval: Interval) -> str:
    return f"{interval.value:.3f} [{interval.low:.3f}, {interval.high:.3f}]"
