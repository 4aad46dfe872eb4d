"""Sections of the report on parts of the cases: facts seen and unseen in training, drafted cases, single labels."""

from __future__ import annotations

from groundtune.comparison import wording
from groundtune.comparison.html import Html
from groundtune.comparison.report_base import Report, Words, drafted_slices, ranked, section, table
from groundtune.comparison.result import ArmScore
from groundtune.comparison.wording import percent
from groundtune.i18n import say


def seen_and_unseen(report: Report, w: Words) -> Html | None:
    found = report.comparison
    parts = [
        p for p in found.slices if p.part in ("seen", "unseen") and (p.language is not None or not found.languages)
    ]
    if not parts:
        return None
    names = {"seen": say("seen"), "unseen": say("unseen")}
    head = [w(say("Approach"))]
    for part in parts:
        language = f"{w(wording.language_name(part.language))}, " if part.language else ""
        head.append(f"{language}{w(names[part.part])} ({part.n})")
    rows = []
    for arm in found.arms:
        scores = [part.score(arm.name) for part in parts]
        cells = [
            f"{percent(s.primary.value)}  [{wording.span(s.primary)}]" if s and s.primary else w(say("not applicable"))
            for s in scores
        ]
        rows.append([arm.name, *cells])
    about = say(
        "The tuning examples state some of the facts that the held-out questions ask for, in other words. The other "
        "facts a tuned model can't have learnt there."
    )
    return section(w(say("Facts seen and unseen in training")), w(about), table(head, rows))


def drafted(report: Report, w: Words) -> Html | None:
    """What the arms do on cases that nobody has checked, apart from all other figures."""
    parts = drafted_slices(report.comparison)
    if not parts:
        return None
    head = [w(say("Approach"))]
    for part in parts:
        head.append(w(wording.slice_name(part.language, part.n)))
    rows = [[arm.name, *[_drafted_cell(part.score(arm.name), w) for part in parts]] for arm in report.comparison.arms]
    about = say(
        "These questions were drafted from the documents by a program, and nobody has checked them. They are easier "
        "than what people ask, count in no other figure of this page, and decide nothing."
    )
    return section(w(say("Drafted cases, checked by nobody")), w(about), table(head, rows))


def _drafted_cell(score: ArmScore | None, w: Words) -> str:
    if score is None or score.primary is None:
        return w(say("not applicable"))
    return f"{percent(score.primary.value)}  [{wording.span(score.primary)}]"


def classes(report: Report, w: Words) -> Html | None:
    """F1 of each label (classify)."""
    whole = report.comparison.slice()
    if report.comparison.kind != "classify" or whole is None:
        return None
    scores = [score for score in ranked(whole) if score.applicable]
    labels = sorted({label for score in scores for label in score.classes})
    rows = [[label, *[percent(score.classes.get(label)) for score in scores]] for label in labels]
    return section(w(say("F1 of each label")), None, table([w(say("Label")), *[score.arm for score in scores]], rows))
