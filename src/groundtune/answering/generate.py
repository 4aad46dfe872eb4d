"""A prompt to the sentences that a chat model writes. Believes nothing of them: `verify` does the checking."""

from __future__ import annotations

import re
from dataclasses import dataclass

from groundtune.answering.augment import ANSWER_TOKENS, Prompt
from groundtune.answering.sentences import pieces, readable
from groundtune.comparison.scoring import reads_as_refusal
from groundtune.models.protocols import ChatModel, Completion


@dataclass(frozen=True)
class Generated:
    text: str
    claims: tuple[str, ...]
    """Its sentences, without marks and numbers of passages."""
    says_unknown: bool
    """The model says that it can't answer; one rule for every model and arm."""
    completion: Completion


def generate(prompt: Prompt, chat: ChatModel) -> Generated:
    """Raises ModelError when the model fails."""
    completion = chat.complete(prompt.messages, max_tokens=ANSWER_TOKENS, temperature=0.0, seed=0)
    text = completion.text.strip()
    claims = [_REFERENCE.sub("", piece.full_words).strip() for piece in pieces(text)]
    if not completion.finished:
        claims = claims[:-1]
    return Generated(text, tuple(filter(None, claims)), reads_as_refusal(readable(text)), completion)


_REFERENCE = re.compile(
    r"\s*\[\d+(?:\s*,\s*\d+)*\]|^(?:(?:The )?answer(?: to the question)?(?: is)?\s*[:：]|답변?(?:은|:|：))\s*",
    re.IGNORECASE,
)
