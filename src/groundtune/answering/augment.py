"""Passages to a prompt: as many of the best as the model's window and patience take, each with the place it comes from.

The words of the prompt are in `models.prompts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from groundtune.answering.retrieve import Retrieved
from groundtune.answering.sentences import readable
from groundtune.answering.weighing import Ranked
from groundtune.models import prompts
from groundtune.models.protocols import ChatModel, Message
from groundtune.types import Hit

PASSAGES = 3
"""Passages in a prompt."""
PASSAGE_TOKENS = 120
"""Tokens of one passage, as the chat model counts them; it is cut around the piece that promises most."""
ANSWER_TOKENS = 96
"""The longest answer."""


@dataclass(frozen=True)
class Prompt:
    messages: tuple[Message, ...]
    hits: tuple[Hit, ...]
    """The passages in it, in the order of their numbers."""


def augment(found: Retrieved, ranked: Sequence[Ranked], chat: ChatModel) -> Prompt:
    """The passages of the best pieces, best first."""
    best: dict[int, Ranked] = {}
    for entry in ranked:
        if entry.candidate.same_language == ranked[0].candidate.same_language:
            best.setdefault(entry.candidate.hit.passage.id, entry)
    chosen = list(best.values())[:PASSAGES]
    while True:
        texts = [_passage(entry, chat) for entry in chosen]
        messages = prompts.question_with_passages(found.asked.text, texts, found.asked.language)
        size = sum(chat.count_tokens(message.content) for message in messages)
        if size + ANSWER_TOKENS + 64 <= chat.window or len(chosen) == 1:
            return Prompt(tuple(messages), tuple(entry.candidate.hit for entry in chosen))
        chosen = chosen[:-1]


def _passage(entry: Ranked, chat: ChatModel) -> str:
    passage = entry.candidate.hit.passage
    place = " > ".join(dict.fromkeys((passage.title, *passage.heading_path)))
    text = "\n".join(filter(None, (readable(line) for line in (f"{passage.prefix}\n{passage.text}").splitlines())))
    room = PASSAGE_TOKENS * len(text) // max(1, chat.count_tokens(text))
    if room < len(text):
        middle = text.find(entry.candidate.piece.words[:40])
        start = max(0, min(middle - room // 3, len(text) - room)) if middle >= 0 else 0
        text = text[start : start + room]
    return f"{place}\n{text}"
