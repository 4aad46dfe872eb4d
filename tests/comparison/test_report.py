"""The report is one file that anybody can open: nothing outside, nothing unescaped, both languages, every case."""

from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from groundtune.advisor import advise
from groundtune.comparison import charts
from groundtune.comparison.baselines import refuse_always
from groundtune.comparison.compare import compare
from groundtune.comparison.freshness import ArmFreshness, Freshness
from groundtune.comparison.html import h
from groundtune.comparison.report import Report, render, write_report
from groundtune.comparison.result import LearningPoint
from groundtune.comparison.statistics import Interval
from groundtune.comparison.tasks import Needs, Task
from groundtune.storage.database import Database
from groundtune.storage.results import Results
from groundtune.types import Arm, Case, Fact, Output, Question

DAY = date(2026, 1, 1)
VOID = {"meta", "input", "line", "circle", "rect", "br"}


class Page(HTMLParser):
    """Collects tags and attributes, and checks that elements close in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.words = [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def arm(name, right, **rest):
    def run(question):
        number = int(question.text.split()[-1])
        if number == 7:
            raise RuntimeError("<out of memory>")
        return Output(f"{number} days") if number in right else Output("<script>alert(1)</script> wrong")

    return replace(Arm(name, run, "rag", fingerprint=name, training_seconds=0.0), **rest)


@pytest.fixture
def report(tmp_path):
    cases = [
        Case(f"{lang}{i}", Question(f"<b>how many</b> {i}", DAY, language=lang), lang, required=(Fact((f"{i} days",)),))
        for lang in ("en", "ko")
        for i in range(30)
    ]
    cases.append(Case("none", Question("off topic 99", DAY), "en", kind="off_topic"))
    tuned = {"family": "tuned", "training_seconds": 60.0, "update": "retrain", "trained_facts": frozenset({"x"})}
    arms = [
        arm("good", range(28)),
        arm("english", range(20), languages=frozenset({"en"}), **tuned),
        arm("oracle", range(30), family="ceiling", recommendable=False),
        refuse_always(),
    ]
    results = Results(Database(tmp_path / "groundtune.sqlite"))
    found = compare(Task("policy", "answer", Path(), needs=Needs(queries_per_month=100)), arms, cases, results)
    fresh = ArmFreshness("good", "rag", "immediate", 9, 1.0, {"update": 1.0}, 3, 3, 0.0, 0.0, 0.0, None, None, 0.4, 0)
    changed = Freshness(
        0.1, {"update": 3}, (fresh, replace(fresh, arm="english", update="retrain", seconds_to_right=None))
    )
    learning = tuple(LearningPoint("good", n, Interval(0.5, 0.4, 0.6)) for n in (50, 100))
    return Report(
        found, advise(found.needs, found, freshness=changed), changed, learning, ("groundtune compare x.toml",)
    )


def test_the_page_is_whole_and_refers_to_nothing_outside(report, tmp_path):
    path = write_report([report], tmp_path / "reports" / "policy.html", lang="ko")
    page = Page(path.read_text("utf-8"))
    for _, attributes in page.tags:
        assert not {"src", "srcset", "href"} & attributes.keys()
    text = path.read_text("utf-8")
    assert "url(" not in text
    assert "@import" not in text
    assert "http" not in text


def test_what_a_case_or_a_model_says_is_text_and_never_markup(report):
    text = render([report])
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<b>how many" not in text
    assert text.count("<script>") == 1


def test_both_languages_are_there_and_one_is_shown_without_script(report):
    for lang in ("ko", "en"):
        page = Page(render([report], lang=lang))
        checked = [a["id"] for tag, a in page.tags if tag == "input" and "checked" in a]
        assert checked == [f"in-{lang}"]
    words = "".join(page.words)
    assert "good 방식을 쓰십시오." in words
    assert "Use good." in words


def test_no_english_sentence_is_left_in_the_korean_part(report):
    text = render([report], lang="ko")
    korean = text.split('<div class="in-ko" lang="ko">')[1].split('<div class="in-')[0]
    words = "".join(Page(f"<div>{korean.rsplit('</div>', 1)[0]}</div>").words)
    for english in ("Approach", "cases", "points", "right", "calls", "answer"):
        assert english not in words


def test_every_case_on_which_two_arms_differ_is_listed_with_who_was_right(report):
    listed = [a for tag, a in Page(render([report])).tags if tag == "details" and a.get("class") == "case"]
    assert len(listed) == sum(case.differs for case in report.comparison.cases) > 10
    assert any("good" in a["data-right"] and "english" in a["data-wrong"] for a in listed)


def test_drawings_have_a_title_a_description_and_figures_beside_them(report):
    text = render([report])
    drawings = text.count("<svg")
    assert drawings == text.count("<title>") - 1 == text.count("<desc>") > 10


def test_what_documents_contradict_each_other_on_is_told_beside_the_quotes(tmp_path):
    def says(text, *conflicts):
        return Arm(text, lambda _: Output(text, conflicts=conflicts), "rag", fingerprint=text)

    cases = [Case("one", Question("how many 1", DAY), "en", required=(Fact(("5 days",)),))]
    arms = [says("5 days", "“Rules” says 5 days; “Guide” says 9 days."), says("9 days")]
    found = compare(Task("policy", "answer", Path()), arms, cases, Results(Database(tmp_path / "groundtune.sqlite")))
    page = Page(render([Report(found, advise(found.needs, found))]))
    assert "Conflict" in page.words
    assert "상충" in page.words
    assert any("“Guide” says 9 days" in words for words in page.words)


def test_failures_stand_apart_with_their_reason(report):
    text = render([report])
    assert "RuntimeError: &lt;out of memory&gt;" in text
    # good and oracle fail once in each language, the English arm once
    assert "5 calls failed." in text


def test_a_break_even_that_is_not_known_is_not_called_never(report):
    tuned, rag = (replace(report.comparison.arm(n), training_seconds=t) for n, t in (("english", 60.0), ("good", 0.0)))
    elsewhere = replace(rag, offline=False, latency_mean_ms=None)
    for rival, shown in ((elsewhere, "–"), (replace(rag, latency_mean_ms=0.0), "never")):
        arms = (replace(tuned, latency_mean_ms=5.0), rival, *report.comparison.arms[2:])
        page = render([replace(report, comparison=replace(report.comparison, arms=arms))])
        row = page[page.index("english against good") :]
        assert shown in row[: row.index("</tr>")]


def test_how_to_repeat_it_is_told(report):
    text = render([report])
    made = report.comparison.provenance
    for part in (made.manifest_hash, made.cases_hash, "groundtune compare x.toml", made.versions["numpy"]):
        assert part in text


def test_attributes_and_children_are_escaped():
    assert h("p", 'a < "b"', title='"x" & y') == '<p title="&quot;x&quot; &amp; y">a &lt; &quot;b&quot;</p>'


def test_a_scale_keeps_values_inside_and_its_marks_are_round():
    scale = charts.log_scale([24, 1450])
    assert scale.ticks() == [10.0, 100.0, 1000.0, 10000.0]
    assert scale.at(100) == pytest.approx(100 / 3)
    assert charts.Scale(-0.7, 0.7).ticks() == pytest.approx([-0.5, 0.0, 0.5])
    assert charts.Scale(0, 1).at(1.5) == 100
