"""The card of a tuned chat model, in English and Korean, written by the run itself from what it measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from groundtune.i18n import t_in
from groundtune.storage.registry import NewModel
from groundtune.tuning.chat_data import QUESTION_LIKENESS
from groundtune.tuning.chat_export import COMPARED
from groundtune.tuning.chat_prepare import ChatData
from groundtune.tuning.loop import Trained
from groundtune.tuning.recipe import to_toml


def write_chat_cards(folder: Path, model: NewModel, data: ChatData, trained: Trained) -> None:
    """Writes `card.md` in English and `card.ko.md` in Korean."""
    for language, file in (("en", "card.md"), ("ko", "card.ko.md")):
        (folder / file).write_text("\n".join(_card(language, model, data, trained)) + "\n", "utf-8")


def _card(lang: str, model: NewModel, data: ChatData, trained: Trained) -> Iterator[str]:
    def say(text: str, **values: object) -> str:
        return t_in(lang, text, **values)

    yield f"# {model.name}"
    yield ""
    yield say(
        "Answers questions in the manner, and partly with the facts, of {count} examples. LoRA adapters on {base}; "
        "runs without torch.",
        count=len(data.train), base=model.base_model,
    )  # fmt: skip
    yield ""
    yield f"## {say('Training')}"
    yield ""
    yield f"| {say('Epoch')} | {say('Training loss')} | {say('Validation loss')} |"
    yield "|---|---|---|"
    for epoch in trained.history:
        star = " ★" if epoch.number == trained.best_epoch else ""
        loss = epoch.validation.values["validation_loss"]
        yield f"| {epoch.number}{star} | {epoch.train_loss:.3f} | {loss:.3f} |"
    yield ""
    yield say(
        "Losses are nats per token of the answers. Before training the validation loss was {before}; "
        "★ is the epoch that was kept. {steps} steps in {seconds} s.",
        before=f"{model.metrics['validation_loss_before'].value:.3f}", steps=trained.steps,
        seconds=f"{trained.seconds:.0f}",
    )  # fmt: skip
    yield say(
        "Served, it says {share} of the words that the trained model says on {count} validation questions.",
        share=f"{model.metrics['served_like_trained'].value:.0%}", count=min(COMPARED, len(data.validation)),
    )  # fmt: skip
    yield ""
    yield f"## {say('Data')}"
    yield ""
    left_out = ", ".join(f"{code}: {count}" for code, count in sorted(data.left_out.items())) or "–"
    yield say(
        "{train} examples to train on, {validation} to validate on, {facts} facts; left out because the base model "
        "doesn't read their language: {left_out}. No question is like a held-out one (largest likeness {largest}, "
        "allowed below {limit}); facts may be.",
        train=len(data.train), validation=len(data.validation), facts=len(data.facts), left_out=left_out,
        largest=f"{data.largest_likeness:.2f}", limit=QUESTION_LIKENESS,
    )  # fmt: skip
    yield ""
    yield f"## {say('Limits')}"
    yield ""
    yield say(
        "What it learnt does not change when a document changes, and it cites nothing. It may state what it has never "
        "seen. It has to be measured against the documents before anybody relies on it."
    )
    yield ""
    yield f"## {say('Recipe')}"
    yield ""
    yield "```toml"
    yield to_toml(model.recipe).rstrip()
    yield "```"
