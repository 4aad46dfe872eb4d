"""Figures that could be worked out by hand, or are known from tables."""

import math

import numpy as np
import pytest

from groundtune.comparison import statistics
from groundtune.comparison.statistics import Bootstrap


def test_mcnemar_gives_the_exact_binomial_p():
    assert statistics.mcnemar_exact(0, 5) == pytest.approx(2 * 0.5**5)
    assert statistics.mcnemar_exact(1, 9) == pytest.approx(2 * (1 + 10) / 2**10)
    assert statistics.mcnemar_exact(4, 4) == 1.0
    assert statistics.mcnemar_exact(0, 0) == 1.0


def test_holm_multiplies_step_by_step_and_never_decreases():
    # Holm (1979): sorted p times 3, 2, 1, then the running maximum.
    assert statistics.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert statistics.holm([0.9, 0.8]) == [1.0, 1.0]
    assert statistics.holm([]) == []


@pytest.mark.parametrize(
    ("discordance", "n", "points"),
    [(0.10, 100, 8.9), (0.10, 200, 6.3), (0.10, 500, 4.0), (0.10, 2000, 2.0), (0.20, 200, 8.9), (0.20, 1000, 4.0)],
)
def test_the_smallest_difference_agrees_with_the_power_table(discordance, n, points):
    assert 100 * statistics.smallest_difference(round(discordance * n), n) == pytest.approx(points, abs=0.06)


def test_two_arms_that_never_differ_do_not_make_a_test_that_sees_everything():
    assert statistics.smallest_difference(0, 100) == statistics.smallest_difference(6, 100) > 0.06


def test_the_cases_needed_are_those_at_which_the_difference_becomes_the_smallest():
    n = statistics.cases_needed(0.05, variance=0.2)
    assert statistics.smallest_difference(round(0.2 * n), n) == pytest.approx(0.05, rel=0.01)
    assert statistics.cases_needed(0.0, variance=0.2) is None


def test_the_interval_of_a_share_is_that_of_the_binomial():
    found = statistics.mean_interval([1.0] * 80 + [0.0] * 20)
    half = 1.96 * math.sqrt(0.8 * 0.2 / 100)
    assert found.value == pytest.approx(0.8)
    assert found.low == pytest.approx(0.8 - half, abs=0.015)
    assert found.high == pytest.approx(0.8 + half, abs=0.015)


def test_all_right_is_not_certainly_right():
    # The "rule of three": with none of n, up to about 3.7 / n at 97.5 %.
    assert statistics.mean_interval([1.0] * 100) == statistics.Interval(1.0, pytest.approx(0.025 ** (1 / 100)), 1.0)
    assert statistics.mean_interval([0.0] * 100).high == pytest.approx(1 - 0.025 ** (1 / 100))
    few = statistics.mean_interval([1.0] * 100, [f"g{i // 25}" for i in range(100)])
    assert few.low == pytest.approx(0.025 ** (1 / 4))


def test_two_arms_alike_on_every_case_are_not_proven_equal():
    alike = statistics.difference_interval([1.0] * 30, [1.0] * 30)
    assert (alike.low, alike.high) == (pytest.approx(-0.1157, abs=1e-3), pytest.approx(0.1157, abs=1e-3))


def test_figures_that_are_no_shares_keep_their_plain_interval():
    assert statistics.mean_interval([7.0] * 20) == statistics.Interval(7.0, 7.0, 7.0)


def test_cases_of_one_group_count_as_one_observation():
    values = [1.0] * 50 + [0.0] * 50
    alone = statistics.mean_interval(values)
    grouped = statistics.mean_interval(values, [f"g{i // 10}" for i in range(100)])
    assert grouped.high - grouped.low == pytest.approx((alone.high - alone.low) * math.sqrt(10), rel=0.1)


def test_a_paired_difference_is_surer_than_two_separate_figures():
    rng = np.random.default_rng(1)
    hard = rng.random(300) < 0.5
    a = np.where(hard, 1.0, 0.0)
    b = a.copy()
    b[:12] = 0.0
    found = statistics.difference_interval(a.tolist(), b.tolist())
    assert found.low > 0
    assert found.high - found.low < 0.05


def test_the_same_data_give_the_same_interval_and_another_seed_another():
    values = [float(i % 3 == 0) for i in range(50)]
    assert statistics.mean_interval(values) == statistics.mean_interval(values)
    assert statistics.mean_interval(values) != statistics.mean_interval(values, seed=1)


def test_macro_f1_agrees_with_hand_count():
    # class 0: 2 hits of 3 true, 2 predicted -> 4/5; class 1: 1 hit of 1 true, 2 predicted -> 2/3; outside -> wrong
    truth, predicted = np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])
    assert statistics.macro_f1(truth, predicted, 2) == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert statistics.macro_f1(truth, np.array([0, 0, -1, 1]), 2) == pytest.approx((4 / 5 + 1) / 2)


def test_macro_f1_and_its_resamples_agree_with_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    truth, predicted = rng.integers(0, 4, 200), rng.integers(0, 4, 200)
    assert statistics.macro_f1(truth, predicted, 4) == pytest.approx(
        metrics.f1_score(truth, predicted, average="macro")
    )
    resampled = Bootstrap([None] * 200, resamples=2000).macro_f1(truth, predicted, 4)
    plain = [
        metrics.f1_score(truth[rows], predicted[rows], average="macro") for rows in rng.integers(0, 200, (300, 200))
    ]
    assert resampled.std() == pytest.approx(np.std(plain), rel=0.15)
    assert resampled.mean() == pytest.approx(np.mean(plain), abs=0.01)


def test_a_case_without_a_value_is_left_out_of_the_mean():
    values = np.array([[1.0], [np.nan], [0.0], [1.0]])
    means = Bootstrap([None] * 4, resamples=500).means(values)[:, 0]
    assert np.nanmean(means) == pytest.approx(2 / 3, abs=0.05)


def test_calibration_error_is_the_weighted_gap_of_the_bins():
    confidences, correct = np.array([0.9, 0.9, 0.1, 0.1]), np.array([1.0, 0.0, 0.0, 0.0])
    assert statistics.calibration_error(confidences, correct) == pytest.approx((0.8 + 0.2) / 4)


def test_percentiles_interpolate_and_are_unknown_of_nothing():
    assert statistics.percentile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.5
    assert statistics.percentile([1.0, 2.0], 0.95) == pytest.approx(1.95)
    assert statistics.percentile([], 0.5) is None


def test_p_of_a_clear_difference_is_small_and_of_none_is_one():
    rng = np.random.default_rng(0)
    assert statistics.two_sided_p(rng.normal(5, 1, 10_000)) < 0.001
    assert statistics.two_sided_p(np.zeros(1000)) == 1.0


def test_two_cases_that_favour_one_arm_prove_nothing():
    two = statistics.difference_interval([1.0] * 2, [0.0] * 2)
    assert two.low == pytest.approx(1 - 2 * (1 - 0.025**0.5))  # a third case may as well go the other way
    assert two.low < 0 < two.high == 1.0
    many = statistics.difference_interval([1.0] * 30, [0.0] * 30)
    assert many.low == pytest.approx(1 - 2 * (1 - 0.025 ** (1 / 30)))
