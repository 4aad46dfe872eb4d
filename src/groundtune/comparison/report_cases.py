"""Every case on which two arms differ, with a filter. Written once for both languages; without script, all of them."""

from __future__ import annotations

from groundtune.comparison import wording
from groundtune.comparison.html import Child, Html, h, join
from groundtune.comparison.result import CaseRecord, Comparison, OutcomeRecord
from groundtune.i18n import Message, say

SCRIPT = """
for (const form of document.querySelectorAll('.filters')) {
  const section = form.closest('section');
  const cases = [...section.querySelectorAll('.case')];
  const count = section.querySelector('.count b');
  form.hidden = false;
  form.addEventListener('submit', event => event.preventDefault());
  form.addEventListener('input', () => {
    const { right, wrong, language, kind, text } = Object.fromEntries(new FormData(form));
    const has = (item, list, name) => !name || item.dataset[list].split('\\u001f').includes(name);
    const words = text.toLowerCase();
    let shown = 0;
    for (const item of cases) {
      item.hidden = !(has(item, 'right', right) && has(item, 'wrong', wrong) && has(item, 'language', language)
        && has(item, 'kind', kind) && item.textContent.toLowerCase().includes(words));
      shown += !item.hidden;
    }
    count.textContent = shown;
  });
}
"""
_SEPARATOR = "\u001f"


def differing_cases(found: Comparison) -> Html:
    """The cases on which usable arms differ come first; those on which only a yardstick stands apart come last."""
    usable = {arm.name for arm in found.arms if arm.recommendable}
    differing = sorted(
        (case for case in found.counted if case.differs), key=lambda case: not case.differs_among(usable)
    )
    heading = h("h2", both(say("Cases on which approaches differ")), id=f"cases-{found.task}")
    if not differing:
        return h("section", heading, h("p", both(say("All approaches were right and wrong on the same cases."))))
    about = say(
        "{n} of {all} cases. Open one to see every answer with its quotes.", n=len(differing), all=len(found.counted)
    )
    listed = h(
        "details",
        h("summary", both(say("Show the cases"))),
        _filters(found, differing),
        h("p", both(say("Cases shown:")), " ", h("b", str(len(differing))), class_="count", role="status"),
        *[_case(case) for case in differing],
        class_="cases",
    )
    return h("section", heading, h("p", both(about), class_="note"), listed)


def both(message: Message) -> Html:
    """A short text in both languages, of which one is shown."""
    return join(*[h("span", message.in_(lang), class_=f"in-{lang}", lang=lang) for lang in ("en", "ko")])


def _filters(found: Comparison, differing: list[CaseRecord]) -> Html:
    arms = [arm.name for arm in found.arms]
    languages = sorted({case.language for case in differing if case.language})
    kinds = sorted({case.kind for case in differing})
    return h(
        "form",
        _select("right", say("Right"), arms),
        _select("wrong", say("Not right"), arms),
        _select("language", say("Language"), languages),
        _select("kind", say("Kind"), kinds),
        h("label", both(say("Words")), h("input", type="search", name="text")),
        class_="filters",
        hidden=True,
    )


def _select(name: str, title: Message, options: list[str]) -> Html:
    if len(options) < 2:
        return h("input", type="hidden", name=name, value="")
    return h(
        "label",
        both(title),
        h("select", h("option", "–", value=""), *[h("option", option, value=option) for option in options], name=name),
    )


def _case(case: CaseRecord) -> Html:
    right = [name for name, outcome in case.outcomes.items() if outcome.correct]
    wrong = [name for name, outcome in case.outcomes.items() if not outcome.correct]
    tags: list[Child] = [" · ".join(part for part in (case.id, case.language, case.as_of) if part)]
    if case.label_only:
        tags += [" · ", both(say("right label")), f": {case.expected[0]}"]
    else:
        tags += [" · ", both(wording.KINDS[case.kind])]
    return h(
        "details",
        h(
            "summary",
            h("span", case.input, class_="asked", lang=case.language),
            h("span", *tags, class_="tags"),
            h(
                "span",
                *[h("span", f"✓ {name}", class_="yes") for name in right],
                *[h("span", f"✗ {name}", class_="no") for name in wrong],
                class_="who",
            ),
        ),
        h("div", _expected(case), h("dl", *[_outcome(n, o) for n, o in case.outcomes.items()]), class_="body"),
        class_="case",
        data_right=_SEPARATOR.join(right),
        data_wrong=_SEPARATOR.join(wrong),
        data_language=case.language or "",
        data_kind=case.kind,
    )


def _expected(case: CaseRecord) -> Html | None:
    if case.label_only:
        return None
    if not case.expected:
        return h("p", both(say("This question must be refused.")), class_="note")
    return h("p", both(say("A right answer states:")), " ", "; ".join(case.expected), class_="note")


def _outcome(name: str, outcome: OutcomeRecord) -> Html:
    mark = h("b", "✓" if outcome.correct else "✗")
    if outcome.error:
        said: Child = join(both(say("Failed:")), " ", outcome.error)
    elif outcome.label is not None:
        share = outcome.scores.get("confidence")
        said = outcome.label + (f" ({wording.percent(share)})" if share is not None else "")
    elif outcome.refused:
        said = join(both(say("Refused.")), " ", outcome.text)
    else:
        said = outcome.text
    took = h("span", f"{wording.milliseconds(outcome.latency_ms)} ms", class_="tags")
    return join(
        h("dt", mark, f" {name} ", took, class_="yes" if outcome.correct else "no"),
        h("dd", said),
        *[
            h("dd", h("blockquote", q.quote, "\n— ", q.title, f" › {q.heading}" if q.heading else None))
            for q in outcome.quotes
        ],
        *[h("dd", h("b", both(say("Conflict"))), f": {told}") for told in outcome.conflicts],
    )
