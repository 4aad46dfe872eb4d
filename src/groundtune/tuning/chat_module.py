"""A causal chat model with LoRA adapters as something the training loop can train.

Only the assistant's tokens are learnt (the loss of the prompt is not counted), and only for them the vocabulary's
logits are computed, which saves about a fifth of the work of a small model. LoRA: Hu et al. 2021, arXiv 2106.09685.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from groundtune.errors import BadData, MissingExtra
from groundtune.i18n import t
from groundtune.models import prompts
from groundtune.tuning.chat_data import ChatExample
from groundtune.tuning.loop import LoopRecipe, Validation, batches_by_length, groups
from groundtune.tuning.processor import import_torch

IGNORED = -100
"""The label of a token that is not learnt."""


@dataclass(frozen=True, slots=True)
class ChatRecipe:
    """What a run on question–answer examples is told; saved resolved beside its result."""

    base_model: str = "bundled:smollm2"
    languages: tuple[str, ...] = ()
    """Languages that the base model reads; empty means what is known of it, else any."""
    rank: int = 16
    alpha: float = 32.0
    dropout: float = 0.05
    targets: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
    batch_size: int = 4
    max_tokens: int = 320
    """Longest example, prompt included; a longer one is an error, never cut."""
    validation_share: float = 0.12
    loop: LoopRecipe = field(
        default_factory=lambda: LoopRecipe(epochs=5, learning_rate=1e-3, patience=2, weight_decay=0.0, warmup=0.06)
    )


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of a whole conversation, and how many of them are the prompt."""

    ids: tuple[int, ...]
    prompt: int


class LoraChat:
    """Trains adapters on `train`, measures the loss per assistant token on `validation`."""

    def __init__(
        self,
        base: Any,
        tokenizer: Any,
        recipe: ChatRecipe,
        train: Sequence[ChatExample],
        validation: Sequence[ChatExample],
    ) -> None:
        try:
            from peft import LoraConfig, get_peft_model
        except ImportError as error:
            raise MissingExtra("peft", "tuning") from error
        torch = import_torch()
        torch.manual_seed(recipe.loop.seed)
        config = LoraConfig(
            r=recipe.rank,
            lora_alpha=recipe.alpha,
            lora_dropout=recipe.dropout,
            target_modules=list(recipe.targets),
            task_type="CAUSAL_LM",
        )
        self.module: Any = get_peft_model(base, config)
        self._recipe = recipe
        self._pad = int(tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id)
        self._train = [encode(tokenizer, example, recipe) for example in train]
        self._validation = [encode(tokenizer, example, recipe) for example in validation]

    def parameter_groups(self, recipe: LoopRecipe) -> list[dict[str, Any]]:
        return groups(self.module, recipe)

    def batches(self, epoch: int) -> Sequence[list[Encoded]]:
        lengths = [len(encoded.ids) for encoded in self._train]
        order = batches_by_length(lengths, self._recipe.batch_size, seed=self._recipe.loop.seed, epoch=epoch)
        return [[self._train[i] for i in batch] for batch in order]

    def loss(self, batch: list[Encoded]) -> Any:
        """The mean loss of the batch's assistant tokens, a scalar tensor."""
        torch = import_torch()
        logits, labels = self._answer_logits(batch)
        return torch.nn.functional.cross_entropy(logits.float(), labels)

    def validate(self) -> Validation:
        """Minus the mean loss per assistant token of the validation examples, and of as many training examples."""
        loss = self.mean_loss(self._validation)
        return Validation(
            -loss, {"validation_loss": loss, "train_loss": self.mean_loss(self._train[: len(self._validation)])}
        )

    def mean_loss(self, examples: Sequence[Encoded]) -> float:
        """Nats per assistant token."""
        torch = import_torch()
        total, tokens = 0.0, 0
        for start in range(0, len(examples), 8):
            logits, labels = self._answer_logits(list(examples[start : start + 8]))
            total += float(torch.nn.functional.cross_entropy(logits.float(), labels, reduction="sum"))
            tokens += len(labels)
        return total / max(1, tokens)

    @property
    def validation(self) -> Sequence[Encoded]:
        return self._validation

    def _answer_logits(self, batch: list[Encoded]) -> tuple[Any, Any]:
        """((m, vocabulary) logits, (m,) labels) of the m assistant tokens of the batch."""
        torch = import_torch()
        width = max(len(encoded.ids) for encoded in batch)
        ids = torch.full((len(batch), width), self._pad)
        mask = torch.zeros((len(batch), width), dtype=torch.long)
        labels = torch.full((len(batch), width), IGNORED)
        for row, encoded in enumerate(batch):
            length = len(encoded.ids)
            ids[row, :length] = torch.tensor(encoded.ids)
            mask[row, :length] = 1
            labels[row, encoded.prompt : length] = ids[row, encoded.prompt : length]
        causal = self.module.get_base_model()
        hidden = causal.model(input_ids=ids, attention_mask=mask).last_hidden_state[:, :-1]
        wanted = labels[:, 1:] != IGNORED
        return causal.lm_head(hidden[wanted]), labels[:, 1:][wanted]


def asked(example: ChatExample) -> list[dict[str, str]]:
    """The conversation up to the answer: what the model is trained on, and what it is served with."""
    messages = prompts.question_alone(example.question, example.language or "en")
    return [{"role": message.role, "content": message.content} for message in messages]


def encode(tokenizer: Any, example: ChatExample, recipe: ChatRecipe) -> Encoded:
    """The rendered conversation as token ids. Raises BadData for an example over `recipe.max_tokens`."""
    question = asked(example)
    answered = [*question, {"role": "assistant", "content": example.answer}]
    prompt = tokenizer.apply_chat_template(question, tokenize=False, add_generation_prompt=True)
    whole = tokenizer.apply_chat_template(answered, tokenize=False).rstrip("\n")
    ids = tokenizer(whole, add_special_tokens=False)["input_ids"]
    if len(ids) > recipe.max_tokens:
        raise BadData(
            t(
                "The example “{id}” has {tokens} tokens with its prompt; {limit} are allowed (max_tokens).",
                id=example.id,
                tokens=len(ids),
                limit=recipe.max_tokens,
            ),
            line=example.line or None,
        )
    return Encoded(tuple(ids), len(tokenizer(prompt, add_special_tokens=False)["input_ids"]))
