"""What chat models are told when they answer questions or draft cases, in that language. One wording for every
model and arm.

Short on purpose: the small model that comes with the install loses the thread in long instructions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from groundtune.models.protocols import Message

VERSION = "1"
"""Changes with any wording, since answers may change with it."""

UNKNOWN = {"en": "I don't know.", "ko": "알 수 없습니다."}
"""What a model is asked to say when it has no answer."""

_ALONE = {
    "en": "Answer the question about our organisation's rules in one or two short sentences. "
    "If you do not know, say: {unknown}",
    "ko": "우리 조직의 규정에 관한 질문에 짧은 한두 문장으로 답하십시오. 모르면 이렇게 답하십시오: {unknown}",
}
_FROM_PASSAGES = {
    "en": "Answer the question in one or two short sentences, using only the passages. Keep numbers, dates and names "
    "as they are written. If the passages do not answer it, say: {unknown}",
    "ko": "아래 글만 근거로 질문에 짧은 한두 문장으로 답하십시오. 숫자, 날짜, 이름은 글에 적힌 그대로 쓰십시오. "
    "글에 답이 없으면 이렇게 답하십시오: {unknown}",
}
_QUESTION = {"en": "Question", "ko": "질문"}


def question_alone(question: str, language: str) -> list[Message]:
    """The question without any document."""
    return [
        Message("system", _ALONE[_known(language)].format(unknown=UNKNOWN[_known(language)])),
        Message("user", question),
    ]


def question_with_passages(question: str, passages: Sequence[str], language: str) -> list[Message]:
    """The question below numbered passages, [1] first."""
    language = _known(language)
    numbered = "\n\n".join(f"[{number}] {passage}" for number, passage in enumerate(passages, start=1))
    return [
        Message("system", _FROM_PASSAGES[language].format(unknown=UNKNOWN[language])),
        Message("user", f"{numbered}\n\n{_QUESTION[language]}: {question}"),
    ]


def _known(language: str) -> str:
    return "ko" if language == "ko" else "en"


def label_of_text(text: str, labels: Mapping[str, str]) -> list[Message]:
    """The text and the labels to choose from, each with its definition ("" when there is none)."""
    described = "\n".join(
        f"- {name}: {definition}" if definition else f"- {name}" for name, definition in labels.items()
    )
    return [
        Message("system", f"Choose the one label that fits the text. Labels:\n{described}"),
        Message("user", f'{text}\n\nAnswer as JSON: {{"label": "…"}}'),
    ]


_CASE = {
    "en": "Write one question that somebody here would ask and that the text answers, and the answer: words copied "
    "from the text exactly. The question must not contain the answer, and must name what it is about.",
    "ko": "다음 글이 답하는 질문을 이곳 사람이 물을 법한 말로 하나 쓰고, 답은 글에서 그대로 옮겨 쓰십시오. "
    "질문에는 답이 들어 있지 않아야 하며, 무엇에 관한 질문인지 드러나야 합니다.",
}


def case_from_passage(text: str, language: str) -> list[Message]:
    """A question and its answer, to be drafted from a text."""
    return [
        Message("system", _CASE[_known(language)]),
        Message("user", f'{text}\n\nJSON: {{"question": "…", "answer": "…"}}'),
    ]
