"""The card of a tuned retriever, in English and Korean, written by the run itself from what it measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from groundtune.comparison.retrieval_change import Changed
from groundtune.comparison.statistics import Interval
from groundtune.i18n import t_in
from groundtune.storage.registry import NewModel
from groundtune.tuning.recipe import to_toml
from groundtune.tuning.retriever import TunedRetriever


def write_retriever_cards(
    folder: Path,
    model: NewModel,
    tuned: TunedRetriever,
    changes: Mapping[str, Sequence[Changed]],
    sizes: Mapping[str, int],
    lessons: Mapping[str, int],
    *,
    better: bool,
) -> None:
    """Writes `card.md` in English and `card.ko.md` in Korean."""
    for language, file in (("en", "card.md"), ("ko", "card.ko.md")):
        blocks = _card(language, model, tuned, changes, sizes, lessons, better)
        (folder / file).write_text("\n\n".join(blocks) + "\n", "utf-8")


def _card(
    lang: str,
    model: NewModel,
    tuned: TunedRetriever,
    changes: Mapping[str, Sequence[Changed]],
    sizes: Mapping[str, int],
    lessons: Mapping[str, int],
    better: bool,
) -> Iterator[str]:
    def say(text: str, **values: object) -> str:
        return t_in(lang, text, **values)

    yield f"# {model.name}"
    yield say(
        "Finds passages by meaning. Fine-tuned from {base} (method: {method}) on this workspace's own questions; runs "
        "without torch, in {precision}.",
        base=model.base_model, method=model.recipe["method"], precision=tuned.parity.served,
    )  # fmt: skip
    yield f"## {say('Against the embedder in use')}"
    head = [say("Questions"), "n", say("arm"), say("MRR@10, now and then"), say("Difference, 95 %"), "recall@10"]
    rows = [
        [_side(lang, side), str(arm.after.n), arm.arm, _pair(arm.before.mrr, arm.after.mrr), _signed(arm.mrr),
         _signed(arm.recall)]
        for side, arms in changes.items()
        for arm in arms
    ]  # fmt: skip
    yield "\n".join("| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows))
    yield say(
        "“fitted” is both legs with the weight that the other half of the questions asks for, found alike for both "
        "embedders. Of an unseen document neither a question nor a heading nor a passage was learnt from."
    )
    yield (
        say("It finds more than the embedder in use, beyond chance.")
        if better
        else say("It finds no more than the embedder in use, as far as these questions can tell: nothing was promoted.")
    )
    yield f"## {say('Training')}"
    yield "\n".join(_curve(lang, tuned))
    yield say(
        "Before training the reciprocal rank on the validation questions was {before}; ★ is the epoch that was kept. "
        "{steps} steps in {seconds} s.",
        before=f"{tuned.before['mrr']:.3f}", steps=tuned.trained.steps, seconds=f"{tuned.trained.seconds:.0f}",
    )  # fmt: skip
    yield say(
        "fp32 against the trained model on {texts} texts: cosine at least {least}. int8 against fp32: {mean} on "
        "average, reciprocal rank {change}. Served: {served}.",
        texts=tuned.parity.texts, least=f"{tuned.parity.least_cosine:.5f}",
        mean=f"{tuned.parity.int8_mean_cosine:.4f}", change=f"{-tuned.parity.int8_mrr_lost:+.3f}",
        served=tuned.parity.served,
    )  # fmt: skip
    yield f"## {say('Data')}"
    yield say(
        "{train} questions to train on, {validation} to validate on; {unseen_questions} unseen questions, "
        "{unseen_documents} about unseen documents. Left out: {left_out} about both, {unknown} about documents that "
        "aren't here or that training may not read.",
        **sizes,
    )  # fmt: skip
    yield say(
        "The documents' own headings ask {heading} questions more and their titles {title}; each epoch takes some.",
        heading=lessons["heading"], title=lessons["title"],
    )  # fmt: skip
    yield f"## {say('Limits')}"
    yield say(
        "Its vectors are compared with no other model's: using it means indexing anew. It was measured on questions "
        "like those that it learnt from; others may be found less well than before."
    )
    yield say(
        "The cosine of the nearest passage was {before} on average and is {after}. Answers and refusals are weighed by "
        "cosines: measure them anew after switching.",
        before=f"{tuned.before['nearest']:.3f}", after=f"{tuned.after['nearest']:.3f}",
    )  # fmt: skip
    yield f"## {say('Recipe')}"
    yield f"```toml\n{to_toml(model.recipe).rstrip()}\n```"


def _curve(lang: str, tuned: TunedRetriever) -> Iterator[str]:
    head = (t_in(lang, "Epoch"), t_in(lang, "Training loss"), t_in(lang, "Validation loss"), "MRR@10")
    yield "| " + " | ".join(head) + " |"
    yield "|---|---|---|---|"
    for epoch in tuned.trained.history:
        star = " ★" if epoch.number == tuned.trained.best_epoch else ""
        values = epoch.validation.values
        yield f"| {epoch.number}{star} | {epoch.train_loss:.3f} | {values['loss']:.3f} | {values['mrr']:.3f} |"


def _side(lang: str, side: str) -> str:
    return {
        "held_out": t_in(lang, "all held-out questions"),
        "unseen_questions": t_in(lang, "unseen questions"),
        "unseen_documents": t_in(lang, "unseen documents"),
    }[side]


def _pair(before: Interval, after: Interval) -> str:
    return f"{before.value:.3f} → {after.value:.3f}"


def _signed(interval: Interval) -> str:
    return f"{interval.value:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"
