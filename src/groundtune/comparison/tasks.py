"""A task: what is to be done, with which data, and what the people who run it need. Read once from TOML, strictly.

It doesn't know how a task is solved, nor does it open the data files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from groundtune.errors import UsageError
from groundtune.i18n import t
from groundtune.tables import Table, read_toml

Kind = Literal["answer", "classify", "retrieve"]

RETRIEVE_TEST_SHARE = 0.4
"""Half of it asks about documents of which nothing is learnt."""
DEFAULT_ANSWER_CHARS = 500
"""How much of an answer is read when it is scored, the same for every arm."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The names under which labelled rows hold their fields."""

    text: str = "text"
    label: str = "label"
    """Empty where rows need no label."""
    group: str | None = None
    """`None` takes one called "group" where there is one."""


@dataclass(frozen=True, slots=True)
class Data:
    """Where a task's data are, as absolute paths. `None` means that the task has none of that kind."""

    cases: Path | None = None
    """Held-out questions (answer), or held-out labelled rows (classify)."""
    examples: Path | None = None
    """Question–answer pairs that a chat model may be tuned on (answer)."""
    pairs: tuple[Path, ...] = ()
    """Questions with the documents or passages that answer them (retrieve); they are split."""
    any_date: bool = False
    """A pair without a date asks any date, not today (retrieve)."""
    labelled: Path | None = None
    """Labelled rows (classify); they are split where `cases` names no held-out ones."""
    changes: Path | None = None
    """Edits of the documents, for measuring how fast an arm learns that a fact changed (answer)."""
    columns: Columns = Columns()
    test_share: float = 0.25
    """Share of the labelled rows, or of the pairs, that is held out."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What the people who will use the result need. `None` means that they did not say."""

    must_cite: bool = False
    """Each answer has to show its evidence."""
    offline: bool = False
    """Nothing may leave the machine."""
    high_risk: bool = False
    """A wrong answer harms somebody."""
    knowledge_changes_per_month: float | None = None
    queries_per_month: float | None = None
    p95_latency_ms: float | None = None
    margin: float | None = None
    """How much of the primary metric (0 to 1) may be given up for a cheaper arm; `None` takes the default."""


@dataclass(frozen=True, slots=True)
class Prices:
    """What things cost, in `currency`; `None` means unknown, and what derives from it is unknown as well."""

    currency: str = "USD"
    machine_per_hour: float | None = None
    prompt_per_million_tokens: float | None = None
    completion_per_million_tokens: float | None = None
    per_label: float | None = None
    """One labelled example, made or checked by a person."""
    months: float = 12.0
    """The horizon over which fixed costs are spread."""


@dataclass(frozen=True, slots=True)
class Task:
    name: str
    kind: Kind
    path: Path
    data: Data = Data()
    labels: Mapping[str, str] = field(default_factory=dict)
    """Label → its definition ("" when there is none); empty means that the labels are those of the data."""
    needs: Needs = Needs()
    prices: Prices = Prices()
    arms: tuple[str, ...] = ()
    """The arms to measure; empty means all that can be built."""
    answer_chars: int = DEFAULT_ANSWER_CHARS
    seed: int = 0
    tuning: Mapping[str, Any] = field(default_factory=dict)
    """The [tuning] table as it stands; tuning reads it."""

    def comparable_kind(self) -> Literal["answer", "classify"]:
        """Its kind; raises UsageError for a retrieve task, which has no approaches to compare."""
        if self.kind == "retrieve":
            raise UsageError(
                t(
                    "“{name}” is a retrieve task: `groundtune tune` measures it against the embedder in use.",
                    name=self.name,
                )
            )
        return self.kind


def read_task(path: Path) -> Task:
    """Reads and checks a task file. Raises BadInput naming the file and the key."""
    top = read_toml(path)
    kind = cast(Kind, top.choice("kind", ("answer", "classify", "retrieve")))
    task = Task(
        name=top.name("name") or path.stem,
        kind=kind,
        path=path.resolve(),
        data=_data(top.table("data"), kind),
        labels=top.texts("labels"),
        needs=_needs(top.table("needs")),
        prices=_prices(top.table("cost")),
        arms=top.names("arms"),
        answer_chars=int(top.number("answer_chars", least=50) or DEFAULT_ANSWER_CHARS),
        seed=int(top.number("seed") or 0),
        tuning=top.anything("tuning"),
    )
    top.no_more()
    return task


def _data(table: Table, kind: str) -> Data:
    columns = table.table("columns")
    data = Data(
        cases=table.file("cases", needed=kind == "answer") if kind != "retrieve" else None,
        examples=table.file("examples") if kind == "answer" else None,
        pairs=table.files("pairs") if kind == "retrieve" else (),
        any_date=table.flag("any_date") if kind == "retrieve" else False,
        labelled=table.file("labelled", needed=True) if kind == "classify" else None,
        changes=table.file("changes") if kind == "answer" else None,
        columns=Columns(columns.text("text") or "text", columns.text("label") or "label", columns.text("group")),
        test_share=table.number("test_share", least=0.05, most=0.9)
        or (RETRIEVE_TEST_SHARE if kind == "retrieve" else 0.25),
    )
    columns.no_more()
    table.no_more()
    if kind == "classify" and data.cases is not None:
        table.without("test_share", t("left out where “cases” names the held-out rows"))
    return data


def _needs(table: Table) -> Needs:
    needs = Needs(
        must_cite=table.flag("must_cite"),
        offline=table.flag("offline"),
        high_risk=table.flag("high_risk"),
        knowledge_changes_per_month=table.number("knowledge_changes_per_month"),
        queries_per_month=table.number("queries_per_month"),
        p95_latency_ms=table.number("p95_latency_ms"),
        margin=table.number("margin", most=1.0),
    )
    table.no_more()
    return needs


def _prices(table: Table) -> Prices:
    prices = Prices(
        currency=table.text("currency") or "USD",
        machine_per_hour=table.number("machine_per_hour"),
        prompt_per_million_tokens=table.number("prompt_per_million_tokens"),
        completion_per_million_tokens=table.number("completion_per_million_tokens"),
        per_label=table.number("per_label"),
        months=table.number("months", least=1.0) or 12.0,
    )
    table.no_more()
    return prices
