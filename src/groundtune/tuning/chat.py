"""Fine-tunes a causal chat model on question–answer examples, from a task to a registered version with its card.

read → check against the held-out questions → split by fact → train → export the adapters as a file that the chat
runtime loads → compare what is served with what was trained → card → register. Needs torch; what it made does not.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from groundtune.comparison.cases import read_answer_cases
from groundtune.comparison.tasks import Task
from groundtune.errors import BadData, UsageError
from groundtune.i18n import t, t_in
from groundtune.models import open_chat, prompts
from groundtune.models.causal import languages_of, open_causal
from groundtune.models.protocols import Message
from groundtune.progress import Progress
from groundtune.storage.registry import Metric, ModelVersion, NewModel, Registry
from groundtune.tuning.chat_data import (
    QUESTION_LIKENESS,
    ChatExample,
    data_hash,
    read_chat_examples,
    refuse_held_out_questions,
    split_by_fact,
)
from groundtune.tuning.chat_module import ChatRecipe, LoraChat, asked
from groundtune.tuning.classify import library_versions
from groundtune.tuning.gguf_adapter import write_gguf_adapter
from groundtune.tuning.loop import LoopRecipe, Trained, import_torch, train
from groundtune.tuning.recipe import checked, to_toml

KIND = "answer"
FACTS_SEEN = "facts_seen.json"
SERVED_LIKE_TRAINED = 0.5
"""Share of words on which trained and served model must agree, or the version is unfit; the base runs in eight bits."""
COMPARED = 8
"""Validation answers on which trained and served model are compared."""


@dataclass(frozen=True, slots=True)
class ChatData:
    """Examples in languages that the base model reads, checked and split."""

    train: tuple[ChatExample, ...]
    validation: tuple[ChatExample, ...]
    left_out: Mapping[str, int]
    """Number of examples by language that the base model doesn't read."""
    hash: str
    largest_likeness: float
    """Of an example's question with a held-out one; below QUESTION_LIKENESS."""

    @property
    def facts(self) -> tuple[str, ...]:
        """Ids of the facts that the examples teach, validation included, for its loss chose the epoch."""
        return tuple(sorted({fact for example in self.train + self.validation for fact in example.fact_ids}))

    @property
    def split_hash(self) -> str:
        sides = [[example.id for example in side] for side in (self.train, self.validation)]
        return hashlib.sha256(json.dumps(sides).encode()).hexdigest()


def tune_chat_task(
    name: str,
    task: Task,
    registry: Registry,
    *,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> tuple[ModelVersion, bool]:
    """Tunes on the task's examples. The version, and whether it was made now: the same run is not made twice.

    Raises UsageError for a task without examples, BadData for examples that can't be taken.
    """
    if task.data.examples is None:
        raise UsageError(t("The task “{name}” has no question–answer examples to tune on.", name=task.name))
    recipe = read_chat_recipe(task.tuning, task.path)
    recipe = replace(recipe, loop=replace(recipe.loop, seed=task.seed))
    cases = read_answer_cases(task.data.cases, today=date.today()) if task.data.cases else []
    data = prepare_chat(task.data.examples, [case.input.text for case in cases], recipe)
    return tune_chat(name, data, recipe, registry, progress=progress, stop=stop)


def read_chat_recipe(table: Mapping[str, Any], path: Path | None = None) -> ChatRecipe:
    """A recipe from a task's [tuning] table, with `loop` as a table in it. Raises BadInput naming the key."""
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items() if key != "loop"}
    default = ChatRecipe()
    loop = replace(default.loop, **checked(LoopRecipe, table.get("loop", {}), path))
    return replace(default, **checked(ChatRecipe, values, path), loop=loop)


def prepare_chat(path: Path, held_out: Sequence[str], recipe: ChatRecipe) -> ChatData:
    """Reads, checks and splits the examples; those in a language that the base model doesn't read are left out."""
    languages = recipe.languages or languages_of(recipe.base_model)
    examples = read_chat_examples(path)
    largest = refuse_held_out_questions(examples, held_out, path)
    readable = [e for e in examples if languages is None or e.language is None or e.language in languages]
    left_out = Counter(e.language or "" for e in examples if e not in readable)
    if not readable:
        raise BadData(
            t(
                "{model} reads none of the examples' languages: {known}.",
                model=recipe.base_model,
                known=", ".join(left_out),
            ),
            path=path,
        )
    sides = split_by_fact(readable, share=recipe.validation_share, seed=recipe.loop.seed)
    return ChatData(*sides, left_out, data_hash(readable), largest)


def tune_chat(
    name: str,
    data: ChatData,
    recipe: ChatRecipe,
    registry: Registry,
    *,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> tuple[ModelVersion, bool]:
    """Trains, exports, compares served with trained, registers; continues from the last checkpoint of the same run.

    Raises Stopped when `stop` is set, UsageError when another process makes this very version.
    """
    resolved = _plain(asdict(recipe) | {"prompts": prompts.VERSION})
    known = _known(name, data, resolved, registry)
    if known is not None:
        return known, False
    with registry.workplace(name, _fingerprint(data, resolved)) as run:
        known = _known(name, data, resolved, registry)  # another process may have made it just now
        version = known or _make(name, data, recipe, resolved, registry, run, progress, stop)
        shutil.rmtree(run, ignore_errors=True)
    return version, known is None


def _known(name: str, data: ChatData, resolved: dict[str, Any], registry: Registry) -> ModelVersion | None:
    for version in reversed(registry.list(name)):
        if (version.data_hash, version.split_hash, version.recipe) == (data.hash, data.split_hash, resolved):
            return version
    return None


def _make(
    name: str,
    data: ChatData,
    recipe: ChatRecipe,
    resolved: dict[str, Any],
    registry: Registry,
    run: Path,
    progress: Progress | None,
    stop: threading.Event | None,
) -> ModelVersion:
    torch = import_torch()
    base, tokenizer = open_causal(recipe.base_model)
    config = base.config
    job = LoraChat(base, tokenizer, recipe, data.train, data.validation)
    with torch.no_grad():
        job.module.eval()
        before = job.mean_loss(job.validation)
    trained = train(job, recipe.loop, run / "checkpoints", progress=progress, stop=stop)
    staged = run / "version"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    _export(staged, job, config, recipe)
    agreement = _agreement(job, tokenizer, staged, data.validation[:COMPARED])
    best = trained.history[trained.best_epoch - 1].validation.values
    model = NewModel(
        name=name,
        kind=KIND,
        base_model=recipe.base_model,
        data_hash=data.hash,
        split_hash=data.split_hash,
        recipe=resolved,
        seed=recipe.loop.seed,
        metrics={
            "validation_loss": Metric(best["validation_loss"]),
            "validation_loss_before": Metric(before),
            "train_loss": Metric(best["train_loss"]),
            "served_like_trained": Metric(agreement),
            "training_seconds": Metric(trained.seconds),
        },
        libraries=library_versions(),
        unfit=_unfit(agreement),
    )
    (staged / "recipe.toml").write_text(to_toml(resolved), "utf-8")
    (staged / "curve.json").write_text(json.dumps([asdict(epoch) for epoch in trained.history], indent=1), "utf-8")
    (staged / FACTS_SEEN).write_text(json.dumps(data.facts, ensure_ascii=False), "utf-8")
    for language, file in (("en", "card.md"), ("ko", "card.ko.md")):
        (staged / file).write_text("\n".join(_card(language, model, data, trained)) + "\n", "utf-8")
    return registry.register(model, staged)


def _export(staged: Path, job: LoraChat, config: Any, recipe: ChatRecipe) -> None:
    """Writes the adapters, for transformers and for llama.cpp, and what they belong to."""
    try:
        from safetensors.numpy import save_file
    except ImportError as error:  # comes with transformers
        raise UsageError(str(error)) from error
    weights = {
        name: parameter.detach().float().contiguous().numpy()
        for name, parameter in job.module.named_parameters()
        if parameter.requires_grad
    }
    save_file(weights, staged / "adapter_model.safetensors")
    job.module.peft_config["default"].save_pretrained(str(staged))
    write_gguf_adapter(staged / "adapter.gguf", weights, config, recipe.alpha)
    languages = recipe.languages or languages_of(recipe.base_model)
    described = {"base": recipe.base_model, "languages": sorted(languages) if languages is not None else None}
    (staged / "chat.json").write_text(json.dumps(described, ensure_ascii=False, indent=1), "utf-8")


def _agreement(job: LoraChat, tokenizer: Any, staged: Path, examples: Sequence[ChatExample]) -> float:
    """Share of the words of greedy answers on which the trained module and the served model agree.

    Words after the first difference don't count: from there on the two continue different texts.
    """
    torch = import_torch()
    chat = open_chat(f"tuned:{staged}")
    agreed = total = 0
    try:
        for example in examples:
            question = asked(example)
            text = tokenizer.apply_chat_template(question, tokenize=False, add_generation_prompt=True)
            prompt = torch.tensor([tokenizer(text, add_special_tokens=False)["input_ids"]])
            with torch.no_grad():
                output = job.module.generate(
                    input_ids=prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=40, do_sample=False
                )
            trained = tokenizer.decode(output[0, prompt.shape[1] :], skip_special_tokens=True).split()
            served = chat.complete([Message(m["role"], m["content"]) for m in question], max_tokens=40)  # type: ignore[arg-type]
            same = [a == b for a, b in zip(trained, served.text.split(), strict=False)]
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


def _fingerprint(data: ChatData, resolved: Mapping[str, Any]) -> str:
    """Of everything that decides the trained weights; a checkpoint of another run is never continued."""
    told = json.dumps([data.hash, data.split_hash, resolved, library_versions()], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return dict(json.loads(json.dumps(values)))


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
