"""The model card, in English and Korean, written by the run itself from what it measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from groundtune.i18n import t_in
from groundtune.storage.registry import Metric
from groundtune.tuning.data import LabelledData
from groundtune.tuning.recipe import ClassifyRecipe, to_toml
from groundtune.tuning.split import SIDES, Split

if TYPE_CHECKING:
    from groundtune.tuning.classify import Evaluation

_FEW = 10
"""Fewer test examples than this say little about a label."""


def write_cards(
    folder: Path,
    name: str,
    base: str,
    data: LabelledData,
    parts: Split,
    recipe: ClassifyRecipe,
    evaluation: Evaluation,
) -> None:
    """Writes `card.md` in English and `card.ko.md` in Korean."""
    for language, file in (("en", "card.md"), ("ko", "card.ko.md")):
        card = _Card(language, base, data, parts, recipe, evaluation)
        (folder / file).write_text(f"# {name}\n\n" + "\n\n".join(card.blocks()) + "\n", "utf-8")


@dataclass(frozen=True, slots=True)
class _Card:
    """What a run knows, and the language in which it is told. Each method gives blocks of Markdown."""

    language: str
    base: str
    data: LabelledData
    parts: Split
    recipe: ClassifyRecipe
    found: Evaluation

    def blocks(self) -> Iterable[str]:
        say = self.say
        yield say(
            "Assigns one of {count} labels to a text. Fine-tuned from {base} (method: {method}); "
            "runs without torch, in {precision}.",
            count=len(self.data.classes), base=self.base, method=self.recipe.method,
            precision=self.found.parity.served,
        )  # fmt: skip
        yield from self.quality()
        yield from self.training()
        yield from self.exports()
        yield from self.rows()
        yield f"## {say('Limits')}"
        yield say(
            "The model knows the labels above and no others; it gives one of them to any text. Its figures hold for "
            "texts like those that it was measured on. It supports a decision and never takes one about a person."
        )
        yield f"## {say('Recipe')}"
        yield f"```toml\n{to_toml(self.recipe.resolved()).rstrip()}\n```"

    def quality(self) -> Iterable[str]:
        say, found, parts = self.say, self.found, self.parts
        yield f"## {say('Quality on held-out texts')}"
        yield _table((say("Measure"), say("Value"), say("95 % interval")), [
            (say("macro-F1"), _percent(found.test["macro_f1"].value), _range(found.test["macro_f1"])),
            (say("accuracy"), _percent(found.test["accuracy"].value), _range(found.test["accuracy"])),
            (say("calibration error (ECE)"), _percent(found.test["ece"].value), "–"),
            (say("calibration error before calibration"), _percent(found.ece_uncalibrated), "–"),
        ])  # fmt: skip
        yield say(
            "Measured once on {count} texts that neither training nor any choice has seen; near duplicates and groups "
            "stand on one side of the split. The temperature is {temperature}.",
            count=len(parts.test), temperature=f"{found.temperature:.2f}",
        )  # fmt: skip
        yield _table((say("Label"), "F1", say("Test texts"), say("All texts")), [
            (label, "–" if f1 is None else _percent(f1), str(found.support[label]), str(self.data.classes[label]))
            for label, f1 in found.class_f1.items()
        ])  # fmt: skip
        few = [label for label, count in found.support.items() if count < _FEW]
        if few:
            yield say("Too few test texts to judge these labels: {labels}.", labels=", ".join(few))
        if parts.train_only:
            yield say("Trained on, but not tested at all: {labels}.", labels=", ".join(parts.train_only))

    def training(self) -> Iterable[str]:
        say, trained = self.say, self.found.trained
        yield f"## {say('Training')}"
        yield _table((say("Epoch"), say("Training loss"), say("Validation loss"), say("Validation macro-F1")), [
            (
                f"{epoch.number}{' ★' if epoch.number == trained.best_epoch else ''}",
                f"{epoch.train_loss:.3f}",
                f"{epoch.validation.values['loss']:.3f}",
                _percent(epoch.validation.values["macro_f1"]),
            )
            for epoch in trained.history
        ])  # fmt: skip
        kept = say(
            "★ is the epoch that was kept. There, macro-F1 is {train} on the training side and {validation} on the "
            "validation side, a gap of {gap} points.",
            train=_percent(self.found.train_macro_f1), validation=_percent(self.found.validation_macro_f1),
            gap=f"{100 * self.found.gap:.1f}",
        )  # fmt: skip
        took = say(
            "{steps} steps in {seconds} s, {speed} texts a second.",
            steps=trained.steps, seconds=f"{trained.seconds:.0f}", speed=f"{self.found.examples_per_second:.1f}",
        )  # fmt: skip
        yield f"{kept}\n{took}"

    def exports(self) -> Iterable[str]:
        say, parity = self.say, self.found.parity
        yield f"## {say('Exports')}"
        yield say(
            "fp32 against the trained model on {texts} held-out texts: {others} other {others:|label|labels}, "
            "probabilities differ by at most {difference}. int8 gives {small} other {small:|label|labels} and changes "
            "macro-F1 by {change} points. Served: {served}.",
            texts=parity.texts, others=parity.other_labels, difference=f"{parity.largest_difference:.1e}",
            small=parity.int8_other_labels, change=f"{-100 * parity.int8_macro_f1_lost:+.2f}", served=parity.served,
        )  # fmt: skip
        if parity.unfit:
            yield say("This version must not be promoted: the export differs from the trained model.")

    def rows(self) -> Iterable[str]:
        say, data, parts = self.say, self.data, self.parts
        yield f"## {say('Data')}"
        yield _table((say("Side"), say("Texts")), [(say(side), str(len(getattr(parts, side)))) for side in SIDES])
        problems = Counter(problem.kind for problem in data.problems)
        yield say(
            "{rows} rows read, {used} used. Problems found: {problems}. Data {data_hash}, split {split_hash} "
            "(seed {seed}).",
            rows=data.rows, used=len(data.examples),
            problems=", ".join(f"{kind} {count}" for kind, count in sorted(problems.items())) or "–",
            data_hash=data.data_hash[:12], split_hash=parts.hash[:12], seed=parts.seed,
        )  # fmt: skip
        out = parts.kept_out
        if out is not None:
            yield say(
                "The held-out texts come from a file of their own. {count} {count:|row repeats|rows repeat} them "
                "and {count:|was|were} kept out of training: {same} with the same text, {near} "
                "with nearly the same, {group} of the same group, "
                "{connected} connected with one of these.",
                count=out.count, same=len(out.same_text), near=len(out.near_text), group=len(out.same_group),
                connected=len(out.connected),
            )  # fmt: skip

    def say(self, text: str, **values: object) -> str:
        return t_in(self.language, text, **values)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    first, *others = ["| " + " | ".join(cells) + " |" for cells in lines]
    return "\n".join([first, "|" + "---|" * len(head), *others])


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _range(metric: Metric) -> str:
    return "–" if metric.low is None or metric.high is None else f"{100 * metric.low:.1f}–{100 * metric.high:.1f} %"
