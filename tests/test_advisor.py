"""Advice: hard needs, then quality with its interval, then cost; and the courage to say that it can't be told yet."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from groundtune.advisor import advise
from groundtune.comparison.baselines import refuse_always
from groundtune.comparison.compare import compare
from groundtune.comparison.freshness import ArmFreshness, Freshness
from groundtune.comparison.tasks import Needs, Prices, Task
from groundtune.storage.database import Database
from groundtune.storage.results import Results
from groundtune.types import Arm, Case, Evidence, Fact, Output, Question

DAY = date(2026, 1, 1)


def cases(n, language="en"):
    return [
        Case(f"{language}{i}", Question(f"q {i}", DAY), language, required=(Fact((f"{i} days",)),)) for i in range(n)
    ]


def arm(name, right, family="rag", ms=10.0, **rest):
    """Answers right on the cases whose number is in `right`, with a quote where it cites."""
    cites = rest.get("cites", False)

    def run(question):
        number = int(question.text.split()[1])
        text = f"{number} days" if number in right else "no idea days"
        quote = Evidence("d", "D", 1, 1, None, None, 1, (), text, 0, len(text))
        return Output(text, evidence=(quote,) if cites else ())

    made = Arm(name, run, family, fingerprint=f"{name}{sorted(right)}", training_seconds=0.0, notes=str(ms))
    return replace(made, **rest)


@pytest.fixture
def measure(tmp_path):
    """Compares arms; each arm's latency is the one written into its notes, so that costs are known."""

    def run(arms, held_out=None, kind="answer"):
        results = Results(Database(tmp_path / f"{len(list(tmp_path.iterdir()))}.sqlite"))
        found = compare(Task("t", kind, Path()), arms, held_out or cases(100), results)
        timed = tuple(
            replace(a, latency_mean_ms=ms, latency_p50_ms=ms, latency_p95_ms=2 * ms)
            for a in found.arms
            for ms in [float(a.notes) if a.notes[:1].isdigit() else 1.0]
        )
        return replace(found, arms=timed)

    return run


def test_the_best_arm_is_recommended_with_its_figures(measure):
    advice = advise(Needs(), measure([arm("good", range(90)), arm("poor", range(40)), refuse_always()]))
    (verdict,) = advice.verdicts
    assert (verdict.status, verdict.arm) == ("recommended", "good")
    assert "90.0" in str(verdict.reasons[0])
    assert {s.arm: s.place for s in verdict.standings} == {
        "good": "candidate",
        "poor": "beaten",
        "refuse-always": "diagnostic",
    }


def test_an_arm_that_breaks_a_hard_need_is_out_however_good_it_is(measure):
    found = measure([arm("silent", range(100), family="prompt"), arm("citing", range(60), cites=True)])
    assert advise(Needs(), found).verdicts[0].arm == "silent"
    (verdict,) = advise(Needs(must_cite=True), found).verdicts
    assert verdict.arm == "citing"
    assert "silent" in " ".join(str(flip) for flip in verdict.flips)


def test_an_arm_that_would_not_be_recommended_changes_nothing(measure):
    found = measure([arm("silent", range(2)), refuse_always()])
    assert advise(Needs(), found).verdicts[0].status == "not_enough_data"
    (verdict,) = advise(Needs(must_cite=True), found).verdicts
    assert (verdict.status, verdict.flips) == ("impossible", ())


@pytest.mark.parametrize(
    ("needs", "rest"),
    [
        (Needs(offline=True), {"offline": False}),
        (Needs(p95_latency_ms=100), {"ms": 60.0}),
        (Needs(knowledge_changes_per_month=30), {"update": "retrain", "training_seconds": 100_000.0}),
    ],
    ids=["offline", "latency", "retraining"],
)
def test_every_hard_need_bars(measure, needs, rest):
    found = measure([arm("best", range(100), **rest), arm("other", range(60))])
    assert advise(Needs(), found).verdicts[0].arm == "best"
    assert advise(needs, found).verdicts[0].arm == "other"


def test_within_the_margin_the_cheaper_arm_comes_first_and_the_break_even_is_told(measure):
    found = measure([arm("slow", range(90), ms=1000), arm("quick", range(1, 90), ms=10)])
    needs = Needs(margin=0.05, queries_per_month=10_000)
    (verdict,) = advise(needs, found, prices=Prices(machine_per_hour=1)).verdicts
    assert (verdict.status, verdict.arm) == ("recommended", "quick")
    assert any("slow costs" in str(r) or "quick costs" in str(r) for r in verdict.reasons)


def test_training_that_pays_off_only_at_volume_flips_with_the_volume(measure):
    trained = arm("trained", range(90), family="tuned", ms=10, training_seconds=36_000.0, update="retrain")
    found = measure([trained, arm("rag", range(90), ms=1000)])
    prices = Prices(machine_per_hour=1.0)
    few = advise(Needs(queries_per_month=1_000, margin=0.05), found, prices=prices).verdicts[0]
    many = advise(Needs(queries_per_month=100_000, margin=0.05), found, prices=prices).verdicts[0]
    assert (few.arm, many.arm) == ("rag", "trained")
    # 10 hours of training against 0.99 s saved per call: 36,364 calls over 12 months
    assert any("3,030 calls a month" in str(flip) for flip in few.flips)


def test_frequent_changes_make_retraining_dear(measure):
    trained = arm("trained", range(90), family="tuned", ms=10, training_seconds=3_600.0, update="retrain")
    found = measure([trained, arm("rag", range(90), ms=100, update="immediate")])
    needs = Needs(queries_per_month=100_000)
    assert advise(needs, found).verdicts[0].arm == "trained"
    assert advise(replace(needs, knowledge_changes_per_month=30), found).verdicts[0].arm == "rag"


def test_a_classical_method_within_the_margin_comes_before_a_model(measure):
    found = measure([arm("model", range(90), ms=1), arm("classical", range(1, 90), family="baseline", ms=100)])
    (verdict,) = advise(Needs(margin=0.05), found).verdicts
    assert verdict.arm == "classical"


def test_high_risk_puts_fewer_wrong_answers_before_cost(measure):
    def careful(question):
        number = int(question.text.split()[1])
        return Output(f"{number} days") if number < 88 else Output(refused=True)

    arms = [arm("bold", range(90), ms=1), Arm("careful", careful, "rag", fingerprint="c", notes="100")]
    found = measure(arms)
    assert advise(Needs(margin=0.06), found).verdicts[0].arm == "bold"
    assert advise(Needs(margin=0.06, high_risk=True), found).verdicts[0].arm == "careful"


def test_too_few_cases_are_said_with_the_number_that_is_missing(measure):
    found = measure([arm("slow", range(20), ms=1000), arm("quick", range(3, 21), ms=10)], cases(30))
    (verdict,) = advise(Needs(), found).verdicts
    assert (verdict.status, verdict.arm) == ("not_enough_data", "slow")
    assert verdict.more_cases > 30
    assert str(verdict.more_cases) in str(verdict.headline).replace(",", "")


def test_a_dearer_rival_that_is_undecided_leaves_nothing_open(measure):
    found = measure([arm("quick", range(20), ms=10), arm("slow", range(3, 21), ms=1000)], cases(30))
    assert advise(Needs(), found).verdicts[0].status == "recommended"


def test_nothing_that_beats_refusing_everything_is_not_recommended(measure):
    held_out = [replace(c, kind="off_topic", required=()) if i % 2 else c for i, c in enumerate(cases(40))]
    (verdict,) = advise(Needs(), measure([arm("weak", range(5)), refuse_always()], held_out)).verdicts
    assert verdict.status == "not_useful"
    assert "refuse-always" in str(verdict.headline)


@pytest.mark.parametrize("n", [2, 5])
def test_a_handful_of_cases_recommends_nothing_however_well_it_goes(measure, n):
    (verdict,) = advise(Needs(), measure([arm("good", range(n)), refuse_always()], cases(n))).verdicts
    assert (verdict.status, verdict.arm) == ("not_enough_data", "good")
    assert "refuse-always" in str(verdict.headline)
    (prior,) = [
        prior
        for prior in advise(
            Needs(), measure([arm("good", range(n)), arm("silent", (), family="prompt")], cases(n))
        ).priors
        if prior.name == "needs-documents"
    ]
    assert prior.status == "undecided"


def test_an_arm_alone_is_compared_with_nothing(measure):
    (verdict,) = advise(Needs(), measure([arm("good", range(90))])).verdicts
    assert verdict.status == "not_enough_data"
    assert "nothing to compare" in str(verdict.headline)


def test_the_version_that_was_measured_is_named_and_how_to_use_it(measure):
    found = measure([arm("tuned", range(90), family="tuned", model="postings@2"), refuse_always()])
    (verdict,) = advise(Needs(), found).verdicts
    assert any("groundtune models promote postings@2" in str(reason) for reason in verdict.reasons)
    (served,) = advise(Needs(), found, served={"postings@2"}).verdicts
    assert any("postings@2; it is promoted" in str(reason) for reason in served.reasons)


def test_no_arm_that_meets_the_needs_is_said_plainly(measure):
    (verdict,) = advise(Needs(must_cite=True), measure([arm("silent", range(50))])).verdicts
    assert (verdict.status, verdict.arm) == ("impossible", None)


def test_each_language_gets_its_own_verdict(measure):
    held_out = cases(50, "en") + cases(50, "ko")
    english = arm("english", range(50), languages=frozenset({"en"}))
    advice = advise(Needs(), measure([english, arm("both", range(25))], held_out))
    assert {v.language: v.arm for v in advice.verdicts} == {"en": "english", "ko": "both"}
    assert advice.split


def test_the_rules_of_thumb_stand_beside_what_was_measured(measure):
    rag = arm("rag", range(80), cites=True, update="immediate", ms=50)
    tuned = arm("tuned", range(20), family="tuned", update="retrain", training_seconds=60.0, ms=20)
    found = measure([rag, tuned])
    statuses = {p.name: p.status for p in advise(Needs(must_cite=True), found).priors}
    assert statuses == {
        "labelled-data": "untested",
        "changing-information": "untested",
        "needs-documents": "confirmed",
        "light-and-fast": "contradicted",
        "cite-at-high-risk": "confirmed",
    }


@pytest.mark.parametrize(
    ("after", "status"),
    [
        ({}, "untested"),  # it was not tuned anew, so it could not be right
        ({"relearn_seconds": 60.0}, "confirmed"),
        ({"relearn_seconds": 60.0, "facts_learnt": 3, "seconds_to_right": 61.0}, "confirmed"),
        ({"relearn_seconds": 0.1, "facts_learnt": 3, "seconds_to_right": 0.2}, "contradicted"),
    ],
    ids=["not tuned anew", "learnt nothing", "slower", "quicker"],
)
def test_changing_facts_favour_rag_only_against_a_model_that_was_tuned_anew(measure, after, status):
    rag = ArmFreshness("rag", "rag", "immediate", 9, 1.0, {}, 3, 3, 0.0, 0.0, 0.0, None, None, 0.4, 0)
    tuned = replace(rag, arm="tuned", family="tuned", update="retrain", facts_learnt=0, seconds_to_right=None)
    tuned = replace(tuned, training_seconds=50.0, **after)
    found = measure([arm("rag", range(80)), arm("tuned", range(20), family="tuned")])
    advice = advise(Needs(), found, freshness=Freshness(0.1, {"update": 3}, (rag, tuned)))
    (prior,) = [prior for prior in advice.priors if prior.name == "changing-information"]
    assert prior.status == status
    if not after:
        assert "50 s" in str(prior.findings[0].figures)
        assert "--retrain" in str(prior.findings[0].figures)


def test_fine_tuning_with_many_labels_is_confirmed_or_contradicted_by_the_figures(measure):
    held_out = [Case(str(i), f"text {i}", label="ab"[i % 2]) for i in range(100)]

    def labelling(name, right, family, examples):
        def run(text):
            number = int(text.split()[1])
            return Output(label="ab"[number % 2 if number in right else (number + 1) % 2])

        return Arm(name, run, family, fingerprint=name, training_examples=examples)

    good, fair = labelling("a", range(90), "tuned", 400), labelling("b", range(60), "baseline", 400)
    advice = advise(Needs(), measure([good, fair], held_out, kind="classify"))
    assert advice.priors[0].status == "confirmed"
    assert advice.priors[0].applies
    swapped = [replace(good, family="baseline"), replace(fair, family="tuned")]
    assert advise(Needs(), measure(swapped, held_out, kind="classify")).priors[0].status == "contradicted"


def test_advice_is_json_in_either_language(measure):
    advice = advise(Needs(), measure([arm("good", range(90)), arm("poor", range(40))]))
    english, korean = advice.to_json("en"), advice.to_json("ko")
    assert english["verdicts"][0]["arm"] == korean["verdicts"][0]["arm"] == "good"
    assert english["verdicts"][0]["headline"] == "Use good."
    assert korean["verdicts"][0]["headline"] != "Use good."
