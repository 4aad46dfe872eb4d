"""The report's section on judges: what they say of each approach's answers, and how far they agree."""

from __future__ import annotations

from groundtune.comparison import wording
from groundtune.comparison.html import Html, h
from groundtune.comparison.judging import SCORER, Agreement, Share
from groundtune.comparison.report_base import Report, Words, section, table
from groundtune.comparison.wording import percent
from groundtune.i18n import Message, say

QUESTIONS: dict[str, Message] = {
    "right": say("right"),
    "relevant": say("quotes concern the question"),
    "supported": say("quotes carry the answer"),
}


def judgements(report: Report, w: Words) -> Html | None:
    found = report.judgement
    if found is None or not found.shares:
        return None
    about = say(
        "Judges saw the answers without the approaches' names. What they say decides nothing here; it tells how far "
        "the scorer's figures can be trusted."
    )
    shares = [w(say("Approach")), *_head(w), w(say("Yes")), w(say("The scorer says"))]
    same = [w(say("Judges")), *_head(w)[1:], w(say("Same verdict")), w(say("Cohen's kappa"))]
    return section(
        w(say("Judged by people or a model")),
        w(about),
        table(shares, [_share(share, w) for share in found.shares]),
        table(same, [_agreement(agreement, w) for agreement in found.agreements]),
        *[h("p", w(_stale(name, n)), class_="note") for name, n in found.unjudged.items()],
    )


def _head(w: Words) -> list[str]:
    return [w(say("Judge")), w(say("Question")), w(say("Language")), w(say("Answers"))]


def _share(share: Share, w: Words) -> list[str]:
    return [
        share.arm,
        share.judge,
        w(QUESTIONS[share.question]),
        w(wording.language_name(share.language)),
        str(share.n),
        f"{percent(share.yes.value)}  [{wording.span(share.yes)}]",
        wording.UNKNOWN if share.scorer is None else percent(share.scorer),
    ]


def _agreement(agreement: Agreement, w: Words) -> list[str]:
    names = [w(say("the scorer")) if name == SCORER else name for name in (agreement.one, agreement.other)]
    return [
        " – ".join(names),
        w(QUESTIONS[agreement.question]),
        w(wording.language_name(agreement.language)),
        str(agreement.n),
        f"{percent(agreement.same.value)}  [{wording.span(agreement.same)}]",
        wording.UNKNOWN if agreement.kappa is None else f"{agreement.kappa:.2f}",
    ]


def _stale(judge: str, n: int) -> Message:
    return say(
        "{n} {n:|verdict|verdicts} of {judge} {n:|is|are} of answers that aren't given any more.", n=n, judge=judge
    )
