"""More labels, better labels: measured on nested parts."""

import threading
from itertools import pairwise

import pytest

from groundtune.comparison.compare import compare
from groundtune.comparison.curve import SHARES, learning_points, part_of, points_from_json, points_to_json, with_whole
from groundtune.comparison.tasks import Task
from groundtune.errors import Stopped
from groundtune.storage.database import Database
from groundtune.storage.results import Results
from groundtune.types import Arm, Case, Output

LABELS = ["a"] * 40 + ["b"] * 8 + ["c"]


def test_a_larger_part_holds_a_smaller_one_and_every_label_is_in_each():
    parts = [part_of(LABELS, range(len(LABELS)), share) for share in (0.125, 0.25, 0.5, 1.0)]
    for smaller, larger in pairwise(parts):
        assert set(smaller) < set(larger)
    assert {LABELS[i] for i in parts[0]} == {"a", "b", "c"}
    assert len(parts[1]) == 10 + 2 + 1
    assert parts[-1] == list(range(len(LABELS)))


def test_another_seed_takes_other_examples():
    assert part_of(LABELS, range(len(LABELS)), 0.25) != part_of(LABELS, range(len(LABELS)), 0.25, seed=1)


def build(share):
    """An arm that knows label b only from half of the examples on."""
    return Arm("arm", lambda text: Output(label=text if share >= 0.5 else "a"), "tuned"), round(80 * share)


CASES = [Case(f"{label}{i}", label, label=label) for label in "ab" for i in range(20)]


def test_each_part_gives_a_point_with_its_interval():
    points = learning_points({"arm": build}, CASES)
    assert [point.examples for point in points] == [round(80 * share) for share in SHARES]
    assert points[0].metric.value == pytest.approx((2 / 3 + 0) / 2)
    assert points[-1].metric.value == 1.0
    assert points[0].metric.low < points[0].metric.value < points[0].metric.high
    assert points_from_json(points_to_json(points)) == points


def test_it_stops_between_two_parts_when_asked():
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        learning_points({"arm": build}, CASES, stop=stop)


def test_without_parts_each_arm_that_learns_from_labels_has_the_point_of_the_comparison(tmp_path):
    arms = [
        Arm(name, lambda text: Output(label=text), "tuned", fingerprint=name, training_examples=examples)
        for name, examples in (("learns", 80), ("prompted", 0))
    ]
    task = Task("labels", "classify", tmp_path)
    found = compare(task, arms, CASES, Results(Database(tmp_path / "groundtune.sqlite")))
    assert [(point.arm, point.examples, point.metric.value) for point in with_whole((), found)] == [("learns", 80, 1.0)]
