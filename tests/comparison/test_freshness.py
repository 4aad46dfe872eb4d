"""A fact changes: who is right again, when, and who still tells what was deleted."""

from dataclasses import replace
from datetime import date

import pytest

from groundtune.comparison.freshness import Freshness, Learner, Probe, measure_freshness
from groundtune.types import Arm, Case, Evidence, Fact, Output, Question

DAY = date(2026, 1, 1)


def case(question, answer):
    kind = "answerable" if answer else "near_topic"
    required = (Fact((answer,)),) if answer else ()
    return Case(question, Question(question, DAY), kind=kind, required=required)


def probe(fact, change, before, after, wording=""):
    question = f"{fact} {wording}".strip()
    return Probe(fact, change, case(question, before), case(question, after))


PROBES = [
    probe("leave", "update", "25 days", "27 days"),
    probe("leave", "update", "25 days", "27 days", "again"),
    probe("lessons", "delete", "90 hours", None),
    probe("grant", "add", None, "4 days"),
    probe("pension", "untouched", "8 percent", "8 percent"),
]


class World:
    """Documents as a table of facts, and an arm that reads them."""

    def __init__(self):
        self.facts = {"leave": "25 days", "lessons": "90 hours", "pension": "8 percent"}

    def edit(self):
        self.facts |= {"leave": "27 days", "grant": "4 days"}
        del self.facts["lessons"]

    def reader(self, facts=None, **rest):
        known = self.facts if facts is None else facts

        def run(question):
            fact = question.text.split()[0]
            return Output(known[fact]) if fact in known else Output(refused=True)

        return replace(Arm("reader", run, "rag", fingerprint="r", update="immediate"), **rest)


@pytest.fixture
def world():
    return World()


def test_an_arm_that_reads_the_documents_is_right_after_the_edit(world):
    found = measure_freshness(world.edit, [Learner(world.reader())], PROBES)
    arm = found.arm("reader")
    assert arm.right_before == 1.0
    assert (arm.facts_learnt, arm.facts_changed) == (3, 3)
    assert arm.seconds_to_right is not None
    assert arm.seconds_to_right >= found.edit_seconds
    assert (arm.stale, arm.leaked, arm.collateral) == (0.0, 0.0, 0.0)
    assert found.facts == {"update": 1, "add": 1, "delete": 1, "untouched": 1}


def test_an_arm_that_learnt_once_is_stale_and_tells_what_was_deleted(world):
    tuned = world.reader(dict(world.facts), name="tuned", family="tuned", update="retrain", training_seconds=300.0)
    arm = measure_freshness(world.edit, [Learner(tuned)], PROBES).arm("tuned")
    assert (arm.stale, arm.leaked) == (1.0, 1.0)
    assert arm.facts_learnt == 0
    assert arm.seconds_to_right is None
    assert arm.relearn_seconds is None
    assert arm.training_seconds == 300.0


def test_an_arm_that_is_retrained_is_asked_as_what_it_became(world):
    tuned = world.reader(dict(world.facts), name="tuned", update="retrain")
    forgetful = {"leave": "27 days", "grant": "4 days"}
    learner = Learner(tuned, relearn=lambda: world.reader(forgetful, name="tuned"))
    arm = measure_freshness(world.edit, [learner], PROBES).arm("tuned")
    assert arm.facts_learnt == 3
    assert arm.relearn_seconds is not None
    assert arm.collateral == 1.0  # the pension was known before and is not any more


def test_one_wording_that_is_answered_wrong_leaves_the_fact_unlearnt(world):
    def half_deaf(question):
        return Output("25 days") if question.text.endswith("again") else world.reader().run(question)

    arm = measure_freshness(world.edit, [Learner(world.reader(run=half_deaf))], PROBES).arm("reader")
    assert (arm.facts_learnt, arm.facts_changed) == (2, 3)
    assert arm.stale == 0.5
    assert arm.seconds_to_right is None


def test_a_deleted_fact_in_a_quote_is_a_leak_even_when_the_words_refuse(world):
    def quoting(question):
        quote = Evidence("d", "D", 1, 1, None, None, 1, (), "Lessons: 90 hours.", 0, 18)
        return replace(world.reader().run(question), evidence=(quote,))

    assert measure_freshness(world.edit, [Learner(world.reader(run=quoting))], PROBES).arm("reader").leaked == 1.0


def test_an_arm_that_breaks_is_counted_and_stops_nothing(world):
    def broken(question):
        raise RuntimeError("no model")

    found = measure_freshness(
        world.edit, [Learner(world.reader(run=broken, name="broken")), Learner(world.reader())], PROBES
    )
    assert found.arm("broken").failures == 10
    assert found.arm("reader").facts_learnt == 3


def test_what_was_found_survives_the_way_through_json(world):
    found = measure_freshness(world.edit, [Learner(world.reader())], PROBES)
    assert Freshness.from_json(found.to_json()) == found
