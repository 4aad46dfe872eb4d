"""From a task to its comparison, its experiments and its report; and to what was found of it before.

Arms and cases come from the workspace, figures from `comparison`, advice from `advisor`; here they meet.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundtune.advisor import advise
from groundtune.comparison.compare import COMPARISON, FIRST_LOOK, compare
from groundtune.comparison.costs import break_evens, machine_hours, money
from groundtune.comparison.curve import points_from_json, points_to_json, with_whole
from groundtune.comparison.freshness import Freshness
from groundtune.comparison.judging import judged
from groundtune.comparison.report import Report
from groundtune.comparison.result import Comparison
from groundtune.comparison.sample import some_cases
from groundtune.comparison.tasks import Task
from groundtune.errors import UsageError
from groundtune.i18n import t
from groundtune.progress import Progress
from groundtune.workspace.calibration import notes_on
from groundtune.workspace.curve import check_curve, learning_curve
from groundtune.workspace.fact_change import check_fact_change, measure_fact_change
from groundtune.workspace.judges import judges

if TYPE_CHECKING:
    from groundtune.workspace.opening import Workspace


@dataclass(frozen=True, slots=True)
class Options:
    """What a comparison is asked for besides its task."""

    per_language: int | None = None
    """Cases of each language, for a first look; `None` takes all."""
    facts: bool = False
    """Also change facts and ask again."""
    facts_arms: tuple[str, ...] = ()
    """The arms to ask then; empty means all that know facts."""
    retrain: bool = False
    """Tune anew after the facts have changed."""
    curve: bool = False
    retry_failures: bool = False


def run_comparison(
    workspace: Workspace, task: Task, options: Options, progress: Progress, stop: threading.Event | None = None
) -> Report:
    """Measures what isn't measured yet and reports on it; what was asked for and can't be done is said before anything
    runs. Raises UsageError, BadInput, BadData, and Stopped (the same call continues)."""
    _check(task, options)
    arms = workspace.arms(task, progress, stop)
    cases = workspace.cases(task)
    looked_at = cases if options.per_language is None else some_cases(cases, options.per_language)
    if options.retry_failures:
        workspace.results.forget_failures(task.name)
    found = compare(
        task,
        arms.made,
        looked_at,
        workspace.results,
        progress,
        stop,
        missing=arms.missing,
        held_out=len(cases),
    )
    if options.facts:
        fresh = measure_fact_change(workspace, task, progress, stop, retrain=options.retrain, only=options.facts_arms)
        workspace.results.add_finding(task.name, "freshness", fresh.to_json())
    if options.curve:
        points = learning_curve(workspace, task, progress, stop)
        workspace.results.add_finding(task.name, "learning", points_to_json(points))
    return report_on(workspace, task, found)


def kept_report(workspace: Workspace, task: Task) -> Report:
    """The report on the last comparison, with the advice that the task's needs give now. Raises UsageError when there
    was none."""
    return report_on(workspace, task, kept_comparison(workspace, task))


def kept_comparison(workspace: Workspace, task: Task) -> Comparison:
    """The last comparison of `task` on all its cases, else the last first look. Raises UsageError without one."""
    kept = workspace.results.latest_finding(task.name, COMPARISON)
    kept = kept or workspace.results.latest_finding(task.name, FIRST_LOOK)
    if kept is None:
        raise UsageError(
            t("“{task}” has not been compared yet. Run `groundtune compare {path}`.", task=task.name, path=task.path)
        )
    return Comparison.from_json(kept)


def report_on(workspace: Workspace, task: Task, found: Comparison) -> Report:
    """The report on a comparison, with the experiments that were made last."""
    kept = workspace.results.latest_finding(task.name, "freshness")
    changed = None if kept is None else Freshness.from_json(kept)
    served = frozenset(str(version) for version in workspace.registry.list() if "champion" in version.aliases)
    advice = advise(task.needs, found, prices=task.prices, freshness=changed, served=served)
    if task.kind == "answer":
        advice = replace(advice, notes=(*advice.notes, *notes_on(workspace, workspace.cases(task))))
    points = points_from_json(workspace.results.latest_finding(task.name, "learning"))
    retrained = changed is not None and any(arm.relearn_seconds is not None for arm in changed.arms)
    options = (" --facts" if changed else "") + (" --retrain" if retrained else "") + (" --curve" if points else "")
    if found.is_first_look:
        options += f" --cases {len(found.cases)}"
    repeat = (f"groundtune compare {task.path}{options}", f"groundtune advise {task.path}")
    return Report(
        found, advice, changed, with_whole(points, found), repeat, judged(found, judges(workspace.results, task.name))
    )


def report_path(workspace: Workspace, found: Comparison) -> Path:
    """Where its page goes: a first look never takes the place of the whole."""
    return workspace.settings.reports / f"{found.task}{'-first-look' if found.is_first_look else ''}.html"


def costs(found: Comparison) -> dict[str, Any]:
    """What each arm costs, in money (null where a price is unknown) and in hours of this machine."""
    return {
        "costs": {
            arm.name: {
                "money": money(arm, found.prices, found.needs),
                "machine_hours": machine_hours(arm, found.prices, found.needs),
            }
            for arm in found.arms
        },
        "break_even": break_evens(found),
    }


def _check(task: Task, options: Options) -> None:
    task.comparable_kind()
    if options.facts:
        check_fact_change(task, retrain=options.retrain, only=options.facts_arms)
    elif options.retrain or options.facts_arms:
        raise UsageError(t("--retrain and --facts-arm belong to --facts."))
    if options.curve:
        check_curve(task)
