"""A bar holds what it promises, or there is none; what is said of it comes from cases that it was not fitted on."""

import random

import pytest

from groundtune.comparison.exact import (
    effective_number,
    interval_of,
    likeness_within,
    p_at_most,
    upper_bound,
)
from groundtune.comparison.risk import FOLDS, Reply, fit_bar, held_out, language_risk, risk_at, risk_curve


def world(seed, n, wrong_share, group_size=1):
    """Replies of which the surer are the righter: the probability of being wrong falls with the answerer's own."""
    rng = random.Random(seed)
    replies = []
    for number in range(n):
        sure = rng.random()
        wrong = rng.random() < wrong_share(sure)
        replies.append(Reply(f"c{number}", "en", f"g{number // group_size}", number % 5 == 0, 0.2 + 0.7 * sure, wrong))
    return replies


def true_risk(bar, wrong_share, steps=2000):
    shown = [s / steps for s in range(steps) if 0.2 + 0.7 * s / steps >= bar]
    return sum(map(wrong_share, shown)) / len(shown)


def steep(sure):
    return 0.4 * (1 - sure) ** 3


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [(0, 59, 0.0, 0.06061), (3, 100, 0.00623, 0.08518), (50, 100, 0.39832, 0.60168), (10, 10, 0.69150, 1.0)],
)
def test_intervals_are_those_of_clopper_and_pearson(count, n, low, high) -> None:
    found = interval_of(count, n)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-5), pytest.approx(high, abs=1e-5))


def test_fifty_nine_right_in_a_row_and_no_fewer_show_five_per_cent() -> None:
    assert upper_bound(0, 59, 0.95) < 0.05 < upper_bound(0, 58, 0.95)
    assert p_at_most(0, 59, 0.05) == pytest.approx(0.95**59)
    assert interval_of(0, 0).high == 1.0


def test_cases_that_fail_together_are_worth_fewer() -> None:
    alike = [1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0]
    groups = ["a", "a", "b", "b", "c", "c", "d", "d"]
    assert likeness_within(alike, groups) == pytest.approx(1.0)
    assert effective_number(groups, 1.0) == pytest.approx(4.0)
    assert likeness_within(alike, list(range(8))) == 0.0
    assert likeness_within(alike, ["a"] * 8) == 1.0, "one group alone tells nothing"


def test_a_bar_breaks_its_promise_no_more_often_than_it_says() -> None:
    worlds = 300
    broken = 0
    found = 0
    for seed in range(worlds):
        bar = fit_bar(world(seed, 200, steep), tolerated=0.05, confidence=0.9)
        if bar is not None:
            found += 1
            broken += true_risk(bar, steep) > 0.05
    assert found > worlds / 3, "or else nothing was tested"
    assert broken / worlds <= 0.1 + 2 * (0.1 * 0.9 / worlds) ** 0.5


def test_more_is_tolerated_more_is_answered() -> None:
    replies = world(3, 400, steep)
    bars = [fit_bar(replies, tolerated=share, confidence=0.95) for share in (0.03, 0.05, 0.1, 0.3)]
    assert None not in bars[1:]
    shown = [risk_at(replies, bar).shown for bar in bars if bar is not None]
    assert shown == sorted(shown)
    assert shown[-1] == 400


def test_too_few_cases_promise_nothing_and_say_how_many_are_missing() -> None:
    found = language_risk("en", world(1, 40, steep), tolerated=0.05, confidence=0.95, default_bar=0.4)
    assert found.bar is None
    assert found.fitted is None
    assert found.more_cases is not None
    assert found.more_cases >= 20
    again = world(1, 40 + found.more_cases, steep)
    assert fit_bar(again, tolerated=0.05, confidence=0.95) is not None


def test_where_the_surest_are_wrong_too_no_number_of_cases_helps() -> None:
    found = language_risk("en", world(1, 200, lambda sure: 0.3), tolerated=0.05, confidence=0.95, default_bar=0.4)
    assert found.bar is None
    assert found.more_cases is None


def test_without_questions_to_refuse_the_bar_does_not_fall_below_the_default() -> None:
    replies = [Reply(f"c{i}", "en", f"c{i}", False, 0.2 + i / 400, False) for i in range(200)]
    found = language_risk("en", replies, tolerated=0.05, confidence=0.95, default_bar=0.444)
    assert found.floor == 0.444
    assert found.bar is not None
    assert found.bar >= 0.444
    some = [Reply(r.case_id, "en", r.group, i % 8 == 0, r.probability, False) for i, r in enumerate(replies)]
    lower = language_risk("en", some, tolerated=0.05, confidence=0.95, default_bar=0.444)
    assert lower.bar == 0.0


def test_what_is_held_out_was_not_fitted_on() -> None:
    """The surest answers of one fold are all wrong: bars fitted on the others show them, and that is counted."""
    replies = world(5, 300, lambda sure: 0.0)
    whole = held_out([replies], tolerated=0.05, confidence=0.95, floors=[0.0])
    assert (whole.cases, whole.shown, whole.wrong, whole.folds_without_bar) == (300, 300, 0, 0)
    assert whole.risk is not None
    assert whole.risk.high > 0
    few = held_out([replies[:30]], tolerated=0.05, confidence=0.95, floors=[0.0])
    assert (few.shown, few.risk, few.folds_without_bar) == (0, None, FOLDS)
    assert few.coverage.value == 0


def test_a_reply_without_an_answer_is_never_shown_and_counts_against_coverage() -> None:
    replies = [Reply(f"c{i}", "en", f"c{i}", False, None if i % 2 else 0.9, False) for i in range(100)]
    point = risk_at(replies, 0.0)
    assert point.shown == 50
    assert point.coverage.value == 0.5


def test_answers_of_one_probability_are_shown_together() -> None:
    replies = [Reply(f"c{i}", "en", f"c{i}", False, 0.5 if i < 60 else 0.9, i == 0) for i in range(160)]
    points = risk_curve(replies)
    assert [point.shown for point in points] == [100, 160]
    assert fit_bar(replies, tolerated=0.05, confidence=0.95) == 0.0


def test_a_topic_that_fails_as_one_takes_the_promise_away() -> None:
    """The same shares of right and wrong, by themselves and in groups that are all right or all wrong."""
    rng = random.Random(7)
    alone = [Reply(f"c{i}", "en", f"c{i}", False, rng.random(), i % 50 == 0) for i in range(200)]
    together = [Reply(r.case_id, "en", f"g{i // 20}", False, r.probability, i < 4) for i, r in enumerate(alone)]
    one_bad_topic = [
        Reply(r.case_id, "en", f"g{i // 20}", False, r.probability, i // 20 == 0) for i, r in enumerate(alone)
    ]
    assert fit_bar(alone, tolerated=0.1, confidence=0.95) is not None
    assert fit_bar(together, tolerated=0.1, confidence=0.95) is not None
    assert fit_bar(one_bad_topic, tolerated=0.2, confidence=0.95) is None, "ten topics, of which one is bad"
