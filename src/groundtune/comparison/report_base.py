"""What the report's sections share: the report itself, and the shapes of a section, a table and a set of figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from groundtune.comparison.freshness import Freshness
from groundtune.comparison.html import Child, Html, h, join
from groundtune.comparison.judging import Judgement
from groundtune.comparison.result import ArmScore, Comparison, LearningPoint, Slice
from groundtune.comparison.verdict import Advice
from groundtune.i18n import Message, say

Words = Callable[[Message], str]
"""A message in the language of the part that is being written."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a report tells. What is missing is left out of the page."""

    comparison: Comparison
    advice: Advice
    freshness: Freshness | None = None
    learning: tuple[LearningPoint, ...] = ()
    commands: tuple[str, ...] = ()
    """What to type to repeat it."""
    judgement: Judgement | None = None
    """What people or a model said of the answers."""

    def chosen(self, language: str | None) -> str | None:
        """The arm that the verdict for a language names."""
        return next((v.arm for v in self.advice.verdicts if v.language == language), None)

    def look(self, arm: str, language: str | None) -> str:
        """How an arm is drawn: "chosen", "ceiling", or plain."""
        if arm == self.chosen(language):
            return "chosen"
        return "" if self.comparison.arm(arm).recommendable else "ceiling"


def named(text: str, found: Comparison) -> Html:
    """The text with the arms' names set apart, so that they neither break nor drown."""
    names = sorted((re.escape(arm.name) for arm in found.arms), key=len, reverse=True)
    pieces = re.split(rf"(?<![\w-])({'|'.join(names)})(?![\w-])", text)
    return join(*[h("b", piece, class_="arm") if number % 2 else piece for number, piece in enumerate(pieces)])


def main_slices(found: Comparison) -> list[Slice]:
    """Each language for itself where there are several; else all cases."""
    languages = found.languages or (None,)
    return [part for part in found.slices if part.part == found.main_part and part.language in languages]


def drafted_slices(found: Comparison) -> list[Slice]:
    """What stands apart because nobody has checked it, each language for itself where there are several."""
    apart = [part for part in found.slices if part.part == "drafted" and not found.is_sketch]
    several = [part for part in apart if part.language is not None]
    return several or apart


def ranked(part: Slice) -> list[ArmScore]:
    """Applicable arms by their primary metric, best first; the others last."""
    return sorted(part.arms, key=lambda s: (s.primary is None, -(s.primary.value if s.primary else 0.0), s.arm))


def section(title: str, about: str | None, *children: Child) -> Html:
    return h("section", h("h2", title), h("p", about, class_="note") if about else None, *children)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Html:
    """The first column names the row; figures stand to the right."""

    def is_figure(text: str) -> bool:
        return text[:1].isdigit() or text[:1] in "+−<"

    right = [index > 0 and any(is_figure(row[index]) for row in rows) for index in range(len(head))]
    titles = [h("th", text, scope="col", class_="n" if right[i] else None) for i, text in enumerate(head)]
    body = []
    for row in rows:
        cells = [h("td", text, class_="n" if right[i] else None) for i, text in enumerate(row) if i]
        body.append(h("tr", h("th", row[0], scope="row"), *cells))
    made = h("table", h("thead", h("tr", *titles)), h("tbody", *body))
    return h("div", made, class_="scroll wide", tabindex=0)


def figure_cell(value: str, under: str | None = None) -> Html:
    return h("td", value, h("span", under, class_="range") if under else None, class_="n")


def figures(head: Sequence[str], rows: Sequence[Sequence[str]], w: Words) -> Html:
    """The figures behind a drawing, folded away."""
    return h("details", h("summary", w(say("The figures"))), table(head, rows), class_="data")
