"""Who judged a task's answers, and what they said: kept by judge, added to when a judge judges again."""

from __future__ import annotations

from dataclasses import replace

from groundtune.comparison.judging import Judge
from groundtune.storage.codec import from_json, to_json
from groundtune.storage.results import Results

_KIND = "judges"
"""Of the finding that they are kept as."""


def judges(results: Results, task: str) -> list[Judge]:
    """By the task's name, in the order in which they came."""
    kept = results.latest_finding(task, _KIND) or {"judges": []}
    return [from_json(Judge, one) for one in kept["judges"]]


def keep_judge(results: Results, task: str, judge: Judge) -> None:
    """Adds a judge's verdicts to those that are kept; a newer one of the same answer takes the older one's place."""
    with results.together():
        everybody = {one.name: one for one in judges(results, task)}
        before = everybody[judge.name].verdicts if judge.name in everybody else {}
        everybody[judge.name] = replace(judge, verdicts={**before, **judge.verdicts})
        results.add_finding(task, _KIND, {"judges": [to_json(one) for one in everybody.values()]})
