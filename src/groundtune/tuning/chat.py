"""Fine-tunes a causal chat model on question–answer examples and registers what it made.

The way: examples are checked against the held-out questions and split by fact, adapters are trained with the loop that
every task uses, exported as a file that the chat runtime loads, and what is served is compared with what was trained.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from groundtune.errors import BadData
from groundtune.i18n import t
from groundtune.models import open_chat
from groundtune.models.causal import open_causal
from groundtune.models.protocols import Message
from groundtune.progress import Progress
from groundtune.storage.registry import Metric, ModelVersion, NewModel, Registry
from groundtune.tuning.chat_data import (
    ChatExample,
    data_hash,
    read_chat_examples,
    refuse_held_out_questions,
    split_by_fact,
)
from groundtune.tuning.chat_module import ChatRecipe, LoraChat, messages
from groundtune.tuning.gguf_adapter import write_gguf_adapter
from groundtune.tuning.loop import Trained, import_torch, train

KIND = "answer"
SERVED_LIKE_TRAINED = 0.5
"""Share of words on which trained and served model must agree, or the version is unfit; the base runs in four bits."""
COMPARED = 8
"""Validation answers on which trained and served model are compared."""


@dataclass(frozen=True, slots=True)
class ChatData:
    """Examples in languages that the base model reads, checked and split; `left_out` counts the others by language."""

    train: tuple[ChatExample, ...]
    validation: tuple[ChatExample, ...]
    left_out: Mapping[str, int]
    hash: str
    largest_likeness: float
    """Of an example's question with a held-out one; below the stated limit."""


def prepare_chat(
    path: Path, *, held_out: Sequence[str], languages: frozenset[str] | None, recipe: ChatRecipe
) -> ChatData:
    """Reads, checks and splits the examples. `languages` are those that the base model reads; `None` means any."""
    examples = read_chat_examples(path)
    largest = refuse_held_out_questions(examples, held_out, path)
    readable = [e for e in examples if languages is None or e.language is None or e.language in languages]
    others = [e.language or "" for e in examples if e not in readable]
    if not readable:
        raise BadData(
            t(
                "{model} reads none of the examples' languages: {known}.",
                model=recipe.base_model,
                known=", ".join(others),
            ),
            path=path,
        )
    training, validation = split_by_fact(readable, share=recipe.validation_share, seed=recipe.loop.seed)
    return ChatData(
        training, validation, {code: others.count(code) for code in set(others)}, data_hash(readable), largest
    )


def tune_chat(
    name: str,
    data: ChatData,
    recipe: ChatRecipe,
    registry: Registry,
    work: Path,
    *,
    card: Callable[[NewModel, Trained], str],
    languages: frozenset[str] | None,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> ModelVersion:
    """Trains, exports, compares served with trained, registers. Continues from the checkpoint that `work` holds.

    `card` writes the model card from what is registered. Raises Stopped when `stop` is set.
    """
    torch = import_torch()
    run = work / _fingerprint(data, recipe)
    base, tokenizer = open_causal(recipe.base_model)
    config = base.config
    job = LoraChat(base, tokenizer, recipe, data.train, data.validation)
    with torch.no_grad():
        job.module.eval()
        before = job.mean_loss(job.validation)
    trained = train(job, recipe.loop, run, progress=progress, stop=stop)
    staged = run / "staged"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    served = _export(staged, job, config, recipe, languages)
    agreement = _agreement(job, tokenizer, served, data.validation[:COMPARED], recipe.system)
    best = trained.history[trained.best_epoch - 1]
    after = best.validation.values["validation_loss"]
    model = NewModel(
        name=name,
        kind=KIND,
        base_model=recipe.base_model,
        data_hash=data.hash,
        split_hash=_split_hash(data),
        recipe=_plain(asdict(recipe)),
        seed=recipe.loop.seed,
        metrics={
            "validation_loss": Metric(after),
            "validation_loss_before": Metric(before),
            "train_loss": Metric(best.validation.values["train_loss"]),
            "served_like_trained": Metric(agreement),
            "largest_likeness_to_held_out": Metric(data.largest_likeness),
            "training_seconds": Metric(trained.seconds),
            "training_examples": Metric(float(len(data.train))),
        },
        libraries={package: version(package) for package in ("groundtune", "torch", "transformers", "peft")},
        unfit=_unfit(agreement),
    )
    curve = [asdict(epoch) for epoch in trained.history]
    (staged / "curve.json").write_text(json.dumps(curve, indent=1), "utf-8")
    facts = sorted({fact for example in data.train + data.validation for fact in example.fact_ids})
    (staged / "facts_seen.json").write_text(json.dumps(facts, ensure_ascii=False), "utf-8")
    (staged / "card.md").write_text(card(model, trained), "utf-8")
    registered = registry.register(model, staged)
    shutil.rmtree(run)
    return registered


def _export(staged: Path, job: LoraChat, config: Any, recipe: ChatRecipe, languages: frozenset[str] | None) -> str:
    """Writes the adapters and what they belong to; returns the name under which `open_chat` opens the result."""
    from safetensors.numpy import save_file

    weights = {
        name: parameter.detach().float().numpy()
        for name, parameter in job.module.named_parameters()
        if parameter.requires_grad
    }
    save_file(weights, staged / "adapter_model.safetensors")
    job.module.peft_config["default"].save_pretrained(str(staged))
    described = {
        "base": recipe.base_model,
        "system": recipe.system,
        "languages": sorted(languages) if languages is not None else None,
    }
    (staged / "chat.json").write_text(json.dumps(described, ensure_ascii=False, indent=1), "utf-8")
    write_gguf_adapter(staged / "adapter.gguf", weights, config, recipe.alpha)
    return f"tuned:{staged}"


def _agreement(job: LoraChat, tokenizer: Any, served: str, examples: Sequence[ChatExample], system: str) -> float:
    """Share of the words of greedy answers on which the trained module and the served model agree.

    Words after the first difference don't count: from there on the two continue different texts.
    """
    torch = import_torch()
    chat = open_chat(served)
    agreed = total = 0
    try:
        for example in examples:
            asked = messages(system, example.question)
            text = tokenizer.apply_chat_template(asked, tokenize=False, add_generation_prompt=True)
            prompt = torch.tensor([tokenizer(text, add_special_tokens=False)["input_ids"]])
            with torch.no_grad():
                output = job.module.generate(
                    input_ids=prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=40, do_sample=False
                )
            trained = tokenizer.decode(output[0, prompt.shape[1] :], skip_special_tokens=True).split()
            completion = chat.complete([Message(m["role"], m["content"]) for m in asked], max_tokens=40)  # type: ignore[arg-type]
            same = [a == b for a, b in zip(trained, completion.text.split(), strict=False)]
            agreed += same.index(False) if False in same else len(same)
            total += max(1, len(trained))
    finally:
        chat.close()
    return agreed / max(1, total)


def _unfit(agreement: float) -> str | None:
    if agreement >= SERVED_LIKE_TRAINED:
        return None
    return t(
        "served, it says the trained model's words in {share} of the validation answers only (needed: {limit})",
        share=f"{agreement:.0%}",
        limit=f"{SERVED_LIKE_TRAINED:.0%}",
    )


def _fingerprint(data: ChatData, recipe: ChatRecipe) -> str:
    """Names a run by all that decides its result, so that a checkpoint is never continued with something else."""
    told = json.dumps([data.hash, _split_hash(data), _plain(asdict(recipe))], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _split_hash(data: ChatData) -> str:
    sides = [[example.id for example in side] for side in (data.train, data.validation)]
    return hashlib.sha256(json.dumps(sides).encode()).hexdigest()


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return dict(json.loads(json.dumps(values)))
