"""Questions that come near the documents and that they don't answer: a thing that they speak of, asked for an attribute
that nothing they say of it touches.

An attribute is taken only where none of its words, nor any that mean the same, stands in the document, nor in any
passage that is found for the question and speaks of the thing.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from groundtune.drafting import english, korean
from groundtune.drafting.drafts import Asked, Source
from groundtune.types import Hit

Find = Callable[[str], Sequence[Hit]]
"""A question to the passages that are found for it."""


@dataclass(frozen=True, slots=True)
class Attribute:
    korean: str
    """What follows “X의”, without its ending."""
    ends: str
    english: str
    """What stands before “for X”."""
    touched_by: re.Pattern[str]
    """Words with which a text says something of it, in either language."""


def _attribute(korean: str, ends: str, english: str, touched_by: str) -> Attribute:
    return Attribute(korean, ends, english, re.compile(touched_by, re.IGNORECASE))


ATTRIBUTES = (
    _attribute(
        "비용",
        "얼마인가요",
        "How much is the fee",
        r"원\b|\d원|비용|요금|수수료|가격|금액|무료|유료|값|납부|부담|\bwon\b|fee|cost|price|charge|free|pay|[$€£₩]|USD|EUR",
    ),
    _attribute(
        "담당자 이메일 주소",
        "무엇인가요",
        "What is the e-mail address of the person in charge",
        r"@|이메일|전자우편|메일|e-?mail",
    ),
    _attribute(
        "담당 부서 전화번호",
        "몇 번인가요",
        "What is the phone number of the office in charge",
        r"전화|내선|연락처|\d{2,4}-\d{3,4}|phone|telephone|\bext|call\b",
    ),
    _attribute(
        "연령 제한",
        "몇 세인가요",
        "What is the age limit",
        r"\d\s?세|연령|나이|미성년|성인|살\b|\bage\b|aged|years old|minor|adult|under 1\d|over 1\d",
    ),
    _attribute(
        "보험료",
        "얼마인가요",
        "How much is the insurance premium",
        r"보험|insur",
    ),
    _attribute(
        "위약금",
        "얼마인가요",
        "How much is the penalty for breaking the rules",
        r"위약|벌금|과태료|벌칙|연체료|제재|배상|변상|penalt|\bfine|surcharge|sanction|damages|compensat",
    ),
    _attribute(
        "할인율",
        "몇 퍼센트인가요",
        "What is the discount",
        r"할인|감면|깎|퍼센트|%|discount|reduc|per ?cent|off\b|less\b",
    ),
    _attribute(
        "만족도 점수",
        "몇 점인가요",
        "What is the satisfaction score",
        r"만족|설문|평점|\d\s?점|satisf|survey|score|rating",
    ),
    _attribute(
        "최대 참가 인원",
        "몇 명인가요",
        "What is the largest number of participants",
        r"\d\s?명|\d\s?인\b|인원|정원|people|participants|capacity|persons|groups? of|places for",
    ),
    _attribute(
        "세금",
        "얼마인가요",
        "How much is the tax",
        r"세금|과세|세액|부가세|원천|\btax|\bVAT\b",
    ),
)


def draft(source: Source, find: Find, document_text: str, rng: random.Random, *, of_title: bool) -> Asked | None:
    """A question near `source`, with the first attribute, in an order that `rng` draws, that nothing touches.

    It asks about what the document's title names, or else what the nearest heading does.
    """
    is_korean = source.language == "ko"
    name = (korean.topic_of if is_korean else english.topic_of)(source.passage.title)
    topic = name if of_title else _thing(source)
    if topic is None or name is None or (topic == name and not of_title):
        return None
    where = "" if topic == name or name in topic else f"{name}에서 "
    for attribute in rng.sample(ATTRIBUTES, len(ATTRIBUTES)):
        if attribute.touched_by.search(document_text):
            continue
        if is_korean:
            asked = f"{where}{topic}의 {korean.particled(attribute.korean, ('은', '는'))} {attribute.ends}?"
        else:
            asked = f"{attribute.english} for “{topic}”?"
        if not any(_touches(hit, attribute, (topic, name)) for hit in find(asked)):
            return Asked(asked, (), "unanswered")
    return None


def _thing(source: Source) -> str | None:
    """What the nearest heading names, where that is a thing and no aspect of one."""
    if source.language == "ko":
        topic = korean.topic_of(source.topic)
        return None if topic is None or _ASPECT.search(topic) else topic
    topic = english.topic_of(source.topic)
    return None if topic is None or _ASPECT_EN.search(topic) else topic


_ASPECT = re.compile(
    r"(?:시간|비용|방법|기간|절차|금액|자격|대상|범위|종류|사항|요금|순서|사람|기준|조건|원칙|책임|의무|일정|서류|한도|신청|제한|준비)$"
    r"|[와과] | 및 "
)
_ASPECT_EN = re.compile(
    r"^(?:what|how|who|when|where|why|before|after|if|during|opening|applying|leaving|late)\b"
    r"|\b(?:hours|costs?|fees|rules|dates|deadlines?|conditions|times?|amounts?|limits?)$",
    re.IGNORECASE,
)


def _touches(hit: Hit, attribute: Attribute, names: Sequence[str]) -> bool:
    """Whether a passage speaks of the thing and says something of the attribute."""
    passage = hit.passage
    words = " ".join((passage.title, *passage.heading_path, passage.text))
    parts = [part for name in names for part in re.findall(r"[가-힣]{2,}|[A-Za-z]{4,}", name)]
    speaks = any(part.lower() in words.lower() for part in parts)
    return speaks and attribute.touched_by.search(words) is not None
