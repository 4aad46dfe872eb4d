"""What the report's sections share: the report itself, and the shapes of a section, a table and a set of figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from groundtune.comparison.freshness import Freshness
from groundtune.comparison.html import Child, Html, h
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

    def chosen(self, language: str | None) -> str | None:
        """The arm that the verdict for a language names."""
        return next((v.arm for v in self.advice.verdicts if v.language == language), None)

    def look(self, arm: str, language: str | None) -> str:
        """How an arm is drawn: "chosen", "ceiling", or plain."""
        if arm == self.chosen(language):
            return "chosen"
        return "" if self.comparison.arm(arm).recommendable else "ceiling"


def main_slices(found: Comparison) -> list[Slice]:
    """Each language for itself where there are several; else all cases."""
    languages = found.languages or (None,)
    return [part for part in found.slices if part.part == "all" and part.language in languages]


def ranked(part: Slice) -> list[ArmScore]:
    """Applicable arms by their primary metric, best first; the others last."""
    return sorted(part.arms, key=lambda s: (s.primary is None, -(s.primary.value if s.primary else 0.0), s.arm))


def section(title: str, about: str | None, *children: Child) -> Html:
    return h("section", h("h2", title), h("p", about, class_="note") if about else None, *children)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Html:
    """The first column names the row; figures stand to the right."""

    def cell(index: int, text: str) -> Html:
        if index == 0:
            return h("th", text, scope="row")
        return h("td", text, class_="n" if text[:1].isdigit() or text[:1] in "+−–<" else None)

    columns = [all(row[i][:1].isdigit() or row[i][:1] in "+−–<" for row in rows) for i in range(len(head))]
    titles = [h("th", text, scope="col", class_="n" if i and columns[i] else None) for i, text in enumerate(head)]
    body = [h("tr", *[cell(index, text) for index, text in enumerate(row)]) for row in rows]
    made = h("table", h("thead", h("tr", *titles)), h("tbody", *body))
    return h("div", made, class_="scroll wide", tabindex=0)


def figure_cell(value: str, under: str | None = None) -> Html:
    return h("td", value, h("span", under, class_="range") if under else None, class_="n")


def figures(head: Sequence[str], rows: Sequence[Sequence[str]], w: Words) -> Html:
    """The figures behind a drawing, folded away."""
    return h("details", h("summary", w(say("The figures"))), table(head, rows), class_="data")
