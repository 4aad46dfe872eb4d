"""What an arm costs, and from when on training pays off."""

from dataclasses import replace

import pytest

from groundtune.comparison import costs
from groundtune.comparison.result import MeasuredArm
from groundtune.comparison.tasks import Needs, Prices

RAG = MeasuredArm(
    name="rag",
    family="rag",
    fingerprint="r",
    cites=True,
    offline=True,
    recommendable=True,
    update="immediate",
    languages=None,
    training_seconds=0.0,
    training_examples=0,
    notes="",
    calls=100,
    failures=0,
    first_call_ms=900.0,
    latency_mean_ms=1000.0,
    latency_p50_ms=900.0,
    latency_p95_ms=2000.0,
    prompt_tokens=500.0,
    completion_tokens=100.0,
)
TUNED = replace(
    RAG,
    name="tuned",
    family="tuned",
    update="retrain",
    latency_mean_ms=100.0,
    training_seconds=7200.0,
    training_examples=50,
)
PRICES = Prices(machine_per_hour=3.6, per_label=2.0, months=12)
NEEDS = Needs(queries_per_month=1000, knowledge_changes_per_month=2)


def test_an_arm_on_this_machine_costs_its_time():
    # 1 s a call at 3.6 an hour is 0.001 a call
    cost = costs.money(RAG, PRICES, NEEDS)
    assert cost.per_1000 == pytest.approx(1.0)
    assert (cost.setup, cost.per_change) == (0.0, 0.0)
    assert cost.total == pytest.approx(12.0)


def test_a_trained_arm_costs_its_labels_and_its_training_again_with_every_change():
    cost = costs.money(TUNED, PRICES, NEEDS)
    assert cost.setup == pytest.approx(2 * 3.6 + 50 * 2.0)
    assert cost.per_change == pytest.approx(7.2)
    assert cost.total == pytest.approx(107.2 + 12 * 0.1 + 24 * 7.2)


def test_an_arm_elsewhere_costs_its_tokens():
    prices = Prices(prompt_per_million_tokens=2.0, completion_per_million_tokens=10.0)
    assert costs.money(replace(RAG, offline=False), prices, NEEDS).per_1000 == pytest.approx(1.0 + 1.0)
    assert costs.machine_hours(replace(RAG, offline=False), prices, NEEDS).per_1000 is None


def test_what_depends_on_an_unknown_price_is_unknown_and_hours_still_count():
    cost = costs.money(RAG, Prices(), NEEDS)
    assert (cost.per_1000, cost.total) == (None, None)
    assert costs.machine_hours(RAG, Prices(), NEEDS).per_1000 == pytest.approx(1000 / 3600)


def test_the_break_even_is_where_both_totals_meet():
    a, b = costs.money(TUNED, PRICES, NEEDS), costs.money(RAG, PRICES, NEEDS)
    calls = costs.break_even(a, b, NEEDS, 12)
    at = replace(NEEDS, queries_per_month=calls / 12)
    assert costs.money(TUNED, PRICES, at).total == pytest.approx(costs.money(RAG, PRICES, at).total)


def test_training_never_pays_off_for_an_arm_that_is_slower_and_at_once_for_one_that_costs_nothing_more():
    slow = costs.money(replace(TUNED, latency_mean_ms=2000.0), PRICES, NEEDS)
    rag = costs.money(RAG, PRICES, NEEDS)
    assert costs.break_even(slow, rag, NEEDS, 12) is None
    free = costs.money(replace(RAG, latency_mean_ms=10.0), PRICES, NEEDS)
    assert costs.break_even(free, rag, NEEDS, 12) == 0.0
