"""A comparison and what people need become advice: which arm, why, what would change it, or how many cases lack."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from groundtune.advisor.choose import LEAST_MARGIN, Choice, choose, difference, pair_of, points
from groundtune.advisor.priors import languages, priors
from groundtune.comparison import costs
from groundtune.comparison.freshness import Freshness
from groundtune.comparison.result import Comparison, Slice
from groundtune.comparison.tasks import Needs, Prices
from groundtune.comparison.verdict import Advice, Verdict
from groundtune.i18n import Message, say

__all__ = ["advise"]


def advise(
    needs: Needs,
    comparison: Comparison,
    *,
    prices: Prices | None = None,
    freshness: Freshness | None = None,
    served: Collection[str] = (),
) -> Advice:
    """One verdict per language, with reasons; `prices` default to those that the comparison was made with. `served`
    names the versions of tuned models that are promoted, so that advice can say what is still to be done."""
    prices = prices or comparison.prices
    if comparison.is_sketch:
        return _sketch(needs, prices, comparison)
    verdicts = tuple(_verdict(needs, prices, comparison, language, served) for language in languages(comparison))
    return Advice(
        comparison.task,
        comparison.kind,
        verdicts,
        priors(needs, comparison, freshness),
        tuple(_notes(needs, prices, comparison)),
    )


def _sketch(needs: Needs, prices: Prices, comparison: Comparison) -> Advice:
    """No choice: only people's cases decide."""
    headline = say(
        "A sketch, and no recommendation: these cases were drafted from the documents, and nobody has checked them."
    )
    how = say("Check them with: groundtune cases review FILE. Accepted ones count.")
    verdicts = [
        Verdict(part.language, "sketch", None, headline, (how,), (), (), LEAST_MARGIN, part.n)
        for part in (comparison.slice(language, "drafted") for language in languages(comparison))
        if part is not None
    ]
    return Advice(comparison.task, comparison.kind, tuple(verdicts), (), tuple(_notes(needs, prices, comparison)))


def _verdict(
    needs: Needs, prices: Prices, comparison: Comparison, language: str | None, served: Collection[str]
) -> Verdict:
    part = comparison.slice(language)
    assert part is not None
    choice = choose(needs, prices, comparison, part)
    return Verdict(
        language=language,
        status=choice.status,
        arm=choice.arm,
        headline=_headline(choice),
        reasons=(*_reasons(choice, needs, comparison, part), *_serving(choice, comparison, served)),
        standings=choice.standings,
        flips=tuple(_flips(choice, needs, prices, comparison, part)),
        margin=choice.margin,
        cases=part.n,
        more_cases=choice.more_cases,
    )


def _headline(choice: Choice) -> Message:
    if choice.status == "impossible":
        return say("No approach meets the hard needs.")
    if choice.status == "not_useful":
        return say("Nothing that was measured is surely better than {floor}.", floor=choice.floor)
    if choice.alone:
        return say("Not enough data: {arm} alone was measured, and nothing to compare it with.", arm=choice.arm)
    if choice.status == "not_enough_data" and choice.floor is not None:
        return say(
            "Not enough data to tell {arm} from {floor}: about {more} more cases.",
            arm=choice.arm,
            floor=choice.floor,
            more=f"{choice.more_cases:,}",
        )
    if choice.status == "not_enough_data":
        return say(
            "Not enough data to decide between {arm} and {open}: about {more} more cases. Until then: {arm}.",
            arm=choice.arm,
            open=", ".join(choice.open_arms),
            more=f"{choice.more_cases:,}",
        )
    return say("Use {arm}.", arm=choice.arm)


def _reasons(choice: Choice, needs: Needs, comparison: Comparison, part: Slice) -> Iterator[Message]:
    if choice.arm is None:
        return
    arm, score = comparison.arm(choice.arm), part.score(choice.arm)
    assert score is not None
    assert score.primary is not None
    figures = {
        "arm": arm.name,
        "value": f"{100 * score.primary.value:.1f}",
        "low": f"{100 * score.primary.low:.1f}",
        "high": f"{100 * score.primary.high:.1f}",
        "n": f"{part.n:,}",
    }
    if comparison.kind == "answer":
        yield say("{arm} is right in {value}% of {n} {n:|case|cases} [{low}, {high}].", **figures)
        yield from _answer_reasons(choice.arm, part)
    else:
        yield say("{arm} reaches a macro-F1 of {value}% on {n} {n:|case|cases} [{low}, {high}].", **figures)
    yield from _against_best(choice, comparison, part)
    if arm.latency_p95_ms is not None and needs.p95_latency_ms is not None:
        yield say(
            "Its p95 is {p95} ms, {limit} ms are allowed.",
            p95=f"{arm.latency_p95_ms:,.0f}",
            limit=f"{needs.p95_latency_ms:,.0f}",
        )
    if score.failures:
        yield say("{n} of its calls failed and {n:|counts|count} as not right.", n=score.failures)


def _serving(choice: Choice, comparison: Comparison, served: Collection[str]) -> Iterator[Message]:
    """Which version was measured, and what makes it the one that is used."""
    model = comparison.arm(choice.arm).model if choice.arm is not None else None
    if model is None:
        return
    if model in served:
        yield say("The model that was measured is {model}; it is promoted.", model=model)
        return
    yield say(
        "The model that was measured is {model}; to use it: groundtune models promote {model} --why “…”", model=model
    )


def _answer_reasons(name: str, part: Slice) -> Iterator[Message]:
    score = part.score(name)
    assert score is not None
    shown = {
        metric: f"{100 * score.others[metric].value:.1f}"
        for metric in (
            "wrong",
            "refused_where_due",
            "evidence_precision",
            "written",
            "correct_answerable",
            "first_correct",
        )
        if metric in score.others
    }
    if "first_correct" in shown:
        yield say(
            "Where the documents have an answer, it is right in {correct_answerable}%, in its first sentence alone in "
            "{first_correct}%.",
            **shown,
        )
    if "wrong" in shown:
        yield say("It gives a wrong answer in {wrong}% of the cases.", wrong=shown["wrong"])
    if "refused_where_due" in shown:
        refused = shown["refused_where_due"]
        yield say("It refuses {refused}% of the questions that the documents don't answer.", refused=refused)
    if "evidence_precision" in shown:
        yield say("{precise}% of its quotes state what was asked for.", precise=shown["evidence_precision"])
    if "written" in shown:
        yield say("{written}% of its answers hold a sentence of the model's own; the rest is quoted.", **shown)


def _against_best(choice: Choice, comparison: Comparison, part: Slice) -> Iterator[Message]:
    assert choice.arm is not None
    assert choice.best is not None
    if choice.best != choice.arm:
        yield from _cheaper_than_best(choice.arm, choice.best, choice, comparison, part)
    behind = {s.arm: s.behind_best.value for s in choice.standings if s.behind_best is not None and s.arm != choice.arm}
    second = choice.best if choice.best != choice.arm else max(behind, key=lambda name: behind[name], default=None)
    if second is not None:
        yield say(
            "{n} {n:|case|cases} can show a difference of {smallest} points from {other} with 80% power; "
            "smaller ones stay "
            "unseen.",
            n=f"{part.n:,}",
            smallest=f"{100 * pair_of(part, choice.arm, second).smallest_difference:.1f}",
            other=second,
        )


def _cheaper_than_best(arm: str, best: str, choice: Choice, comparison: Comparison, part: Slice) -> Iterator[Message]:
    yield say(
        "{best} measures {difference} points higher, which is within the margin of {margin} points.",
        best=best,
        difference=points(difference(part, best, arm).value),
        margin=f"{100 * choice.margin:.1f}",
    )
    if comparison.arm(arm).family == "baseline":
        yield say("{arm} is a classical method; within the margin such a method comes first.", arm=arm)
    yardstick = choice.yardstick
    ours, theirs = (yardstick.of(comparison.arm(name)) if yardstick else None for name in (arm, best))
    if yardstick is not None and ours is not None and theirs is not None:
        yield say(
            "{arm} costs {ours}, {best} {theirs} ({unit}).",
            arm=arm,
            ours=_amount(ours),
            best=best,
            theirs=_amount(theirs),
            unit=yardstick.name,
        )


def _flips(choice: Choice, needs: Needs, prices: Prices, comparison: Comparison, part: Slice) -> Iterator[Message]:
    """What would change the choice: each need varied by itself, where another arm would be recommended then, and the
    volumes at which another arm gets cheaper."""
    for what, varied in _variations(needs):
        other = choose(varied, prices, comparison, part)
        if other.status == "recommended" and other.arm != choice.arm:
            yield say("{what}: {arm}.", what=what, arm=other.arm)
    if choice.arm is None:
        return
    chosen = comparison.arm(choice.arm)
    for standing in choice.standings:
        if standing.place == "candidate" and standing.arm != choice.arm:
            rival = comparison.arm(standing.arm)
            for cost in (costs.money, costs.machine_hours):
                calls = costs.break_even(cost(rival, prices, needs), cost(chosen, prices, needs), needs, prices.months)
                if calls:
                    monthly = f"{calls / prices.months:,.0f}"
                    yield say("From {calls} calls a month on, {arm} is cheaper.", calls=monthly, arm=rival.name)
                    break


def _variations(needs: Needs) -> Iterator[tuple[Message, Needs]]:
    if needs.must_cite:
        yield say("If answers need not cite"), replace(needs, must_cite=False)
    else:
        yield say("If each answer had to cite"), replace(needs, must_cite=True)
    if needs.offline:
        yield say("If data might leave the machine"), replace(needs, offline=False)
    if needs.p95_latency_ms is not None:
        yield say("Without the limit on latency"), replace(needs, p95_latency_ms=None)
        tight = needs.p95_latency_ms / 4
        yield say("If p95 had to be below {ms} ms", ms=f"{tight:,.0f}"), replace(needs, p95_latency_ms=tight)
    if needs.high_risk:
        yield say("If a wrong answer did no harm"), replace(needs, high_risk=False)
    else:
        yield say("If a wrong answer did harm"), replace(needs, high_risk=True)
    if needs.queries_per_month is not None:
        for factor in (0.1, 10.0):
            calls = needs.queries_per_month * factor
            yield say("With {calls} calls a month", calls=f"{calls:,.0f}"), replace(needs, queries_per_month=calls)
    for changes in (0.0, 10 * (needs.knowledge_changes_per_month or 1.0)):
        if changes != needs.knowledge_changes_per_month:
            varied = replace(needs, knowledge_changes_per_month=changes)
            yield say("With {changes} changes of knowledge a month", changes=f"{changes:g}"), varied
    for margin in (0.0, 0.02, 0.05, 0.10):
        if margin != needs.margin:
            points_ = f"{100 * margin:.0f}"
            yield say("With a margin of {points} points", points=points_), replace(needs, margin=margin)


def _notes(needs: Needs, prices: Prices, comparison: Comparison) -> Iterator[Message]:
    if comparison.is_first_look:
        yield say(
            "A first look at {n} of {all} held-out cases; without --cases all are measured.",
            n=f"{len(comparison.cases):,}",
            all=f"{comparison.provenance.held_out:,}",
        )
    if comparison.drafted:
        yield say(
            "{n} drafted {n:|case|cases} that nobody has checked {n:|stands|stand} apart and {n:|counts|count} in no "
            "figure of this advice.",
            n=f"{comparison.drafted:,}",
        )
    for arm, why in comparison.missing.items():
        yield say("{arm} was not measured: {why}", arm=arm, why=why)
    if prices.machine_per_hour is None:
        yield say("The price of a machine hour isn't known; costs are compared in machine time.")
    if needs.queries_per_month is None:
        yield say("The number of calls a month isn't known; costs are compared per call, without what building costs.")
    if comparison.provenance.openings > 1:
        yield say(
            "These held-out cases have been shown to {n} different {n:|set|sets} of arms. The more often, the "
            "less they tell; "
            "add fresh cases.",
            n=comparison.provenance.openings,
        )


def _amount(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
