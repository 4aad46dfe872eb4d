"""An English sentence to a question: what asks for the value comes first, the auxiliary next, then subject and verb.

Only clauses are turned whose parts can be told surely: one subject, one auxiliary or one verb of a known list, and the
value as its object or behind a preposition; and what somebody is told to do. Any other sentence is left alone.
"""

from __future__ import annotations

import re

from groundtune.drafting.values import Value

_LONGEST = 28
"""Words of a sentence that a question is made from."""
_LEANS = re.compile(
    r"(?:[QA][.:]|however|this|these|those|they|it|its|such|then|otherwise|also|but|and|or|so|thus|therefore|if|when|where|unless"
    r"|after|before|for|e\.g\.|note|see|except|both|either|neither|here|there|he|she|as|in|on|at|with|without|between"
    r"|from|to|by|during|until|once|while|of|which|that|who|whoever|not|no|nobody|nothing|what|how|up|among|under|over)\b",
    re.IGNORECASE,
)
"""A sentence that begins so says little by itself, or has its subject later."""
_ELSEWHERE = re.compile(r"\b(?:as follows|the following|below|above|section \d|article \d)\b|https?:|\|", re.IGNORECASE)
_NEGATED = re.compile(r"\b(?:not|cannot|can't|never|no|without|neither|nor)\b", re.IGNORECASE)
_AUXILIARY = re.compile(r"\b(?:may|can|must|should|will|shall|is|are|was|were)\b")
_VERBS = {
    "lasts": "last", "takes": "take", "costs": "cost", "pays": "pay", "receives": "receive", "gets": "get",
    "covers": "cover", "opens": "open", "closes": "close", "begins": "begin", "starts": "start", "ends": "end",
    "expires": "expire", "refunds": "refund", "reimburses": "reimburse", "allows": "allow", "requires": "require",
    "earns": "earn", "contributes": "contribute", "adds": "add", "charges": "charge", "weighs": "weigh",
    "departs": "depart", "arrives": "arrive",
}  # fmt: skip
_PLURAL = ("last", "take", "cost", "pay", "receive", "get", "begin", "expire", "allow", "require", "earn", "have")
_VERB = re.compile(rf"\b(?:{'|'.join((*_VERBS, *_PLURAL))})\b")
_TOLD = re.compile(
    r"(?:Report|Apply|Ask|Tell|Submit|Send|Cancel|Claim|Return|Book|Hand|Bring|Keep|Pay|Register|Call|File|Notify"
    r"|Request|Give|Come|Inform|Confirm|Complete|Store|Change|Renew|Check)\b"
)
"""Begins a sentence that tells its reader what to do."""
_BEFORE_VALUE = re.compile(
    r"(?:\b(?P<prep>for|within|by|in|on|at|from|over|after|before|until)\s)?"
    r"(?:\b(?:up to|at most|a maximum of|a minimum of|no more than|not more than|no less than|no later than|at least"
    r"|about|exactly|only|another|a further|around|roughly|as much as|as many as|the first)\s)?$",
    re.IGNORECASE,
)
_ATTACHED = re.compile(
    r"\s(?:(?:per|a|an|each|every)\s[\w-]+"
    r"|of(?:\s(?!(?:for|at|in|on|to|by|with)\b)[^\s,;]+)+"
    r"|(?:before|after|in advance|following|ahead|prior to|earlier|later)\b[^,;]*)",
    re.IGNORECASE,
)
"""What belongs to the value and goes to the front with it: “a month”, “of paid rest”, “before travel”."""
_UNNAMED = re.compile(r"\b(?:it|they|them|this|that|these|those|he|she|its|their)\b", re.IGNORECASE)
_ENOUGH = re.compile(r",(?!\d)|[;:(—–]| and | but | or ")
_UNDER_A_CONDITION = re.compile(r"\b(?:unless|if|when|which|whichever|where|provided|so that|once)\b")
_NO_SUBJECT = re.compile(
    r"\b(?:who|which|that|if|when|because|while|whose|whoever|to|by|there|then|has|have|had|does|do|needs?|gets?|pays?"
    r"|costs?|takes?|free)\b",
    re.IGNORECASE,
)
_NO_VERB_PHRASE = re.compile(
    r"\b(?:and|or|if|because|that|who|which|when|where|unless)\b"
    r"|\b(?:of|to|in|every|each|with|than|exceeds?|a|the|the last)$"
)
_NAMES = re.compile(
    r"(?:English|Korean|Chinese|Japanese|European|American|German|French|Mon|Tues|Wednes|Thurs|Fri|Satur|Sun|Jan|Feb|March"
    r"|April|May\b|June|July|Aug|Sept|Octo|Nov|Decem)"
)
_COUNTED = re.compile(r"\b(?:number|limit|maximum|minimum|size|capacity|quota|length|weight|height)\b", re.IGNORECASE)
_DAYS = ("day", "week", "month", "year", "hour", "minute", "workday", "night")


def question(words: str, value: Value) -> str | None:
    """The question that `value` answers, made from its sentence; `None` where that can't be done surely."""
    words = words.strip().rstrip(".")
    if len(words.split()) > _LONGEST or _LEANS.match(words) or _ELSEWHERE.search(words):
        return None
    before, rest = words[: value.start], words[value.end :]
    enough = _ENOUGH.search(rest)
    rest = rest[: enough.start()] if enough else rest
    if _UNDER_A_CONDITION.search(rest):
        return None
    placed = _BEFORE_VALUE.search(before)
    assert placed is not None
    preposition, before = (placed["prep"] or "").lower(), before[: placed.start()].rstrip()
    if _NEGATED.search(before) or re.search(r"[,;:()]", before):
        return None
    parts = _parts(before)
    if parts is None or re.match(r"\s(?:less|more|off|higher|lower|on top)\b", rest):
        return None
    subject, auxiliary, verb = parts
    if not verb:
        return None if preposition else _about_a_noun(subject, auxiliary, value, rest)
    if not preposition and not _takes_an_object(auxiliary, verb, value, rest):
        return None
    attached = _ATTACHED.match(rest)
    close = attached.group() if attached else ""
    asked = f"{preposition} {value.ask}{close}".strip()
    made = _polished(f"{asked} {auxiliary} {_lowered(subject)} {verb}{rest[len(close) :]}")
    return None if _UNNAMED.search(made) else made


def _parts(before: str) -> tuple[str, str, str] | None:
    """Subject, auxiliary and what of the verb's phrase stands before the value; a plain verb gets do or does."""
    told = _TOLD.match(before)
    modal = _AUXILIARY.search(before)
    if told is not None and modal is None:
        subject, auxiliary, verb = "you", "must", before[0].lower() + before[1:]
    elif modal is not None:
        subject, auxiliary, verb = before[: modal.start()].strip(), modal.group(), before[modal.end() :].strip()
        if _AUXILIARY.search(verb):
            return None
    else:
        found = _VERB.search(before)
        if found is None:
            return None
        subject, auxiliary, verb = _with_do(before, found)
    if not _is_subject(subject) or len(verb.split()) > 9 or _NO_VERB_PHRASE.search(verb):
        return None
    return subject, auxiliary, verb


def _with_do(before: str, found: re.Match[str]) -> tuple[str, str, str]:
    subject = before[: found.start()].strip()
    adverb = re.search(r"\s(usually|normally|generally|typically|always|currently)$", subject)
    subject = subject[: adverb.start()] if adverb else subject
    word = found.group()
    verb = f"{adverb[1] + ' ' if adverb else ''}{_VERBS.get(word, word)}{before[found.end() :]}".strip()
    return subject, "does" if word in _VERBS else "do", verb


def _is_subject(subject: str) -> bool:
    words = subject.split()
    return 1 <= len(words) <= 8 and words[0][0].isalpha() and not _NO_SUBJECT.search(subject)


def _takes_an_object(auxiliary: str, verb: str, value: Value, rest: str) -> bool:
    """Whether an amount right behind this verb is its object, or says how long before something."""
    if value.kind in ("time", "date", "monthday"):
        return False
    if re.match(r"\s(?:before|after|ahead|in advance|earlier|later|prior)\b", rest):
        return True
    if auxiliary in ("is", "are", "was", "were"):
        return False
    return verb != "have" or rest.startswith(" of ")


def _about_a_noun(subject: str, auxiliary: str, value: Value, rest: str) -> str | None:
    """The deposit is 700,000 won. → How much is the deposit?"""
    if auxiliary not in ("is", "are", "was", "were"):
        return None
    asks = {"money": "how much", "time": "what time", "date": "what date"}.get(value.kind, "what")
    if value.kind in _DAYS:
        if re.search(r"\bages?\b", subject, re.IGNORECASE):
            return None
        asks = "how long"
    elif asks == "what" and value.kind != "percent" and not _COUNTED.search(subject):
        return None
    attached = _ATTACHED.match(rest)
    return _polished(f"{asks} {auxiliary} {_lowered(subject)}{attached.group() if attached else ''}")


def _lowered(subject: str) -> str:
    """The subject as it stands within a sentence; names keep their capital."""
    first, _, others = subject.partition(" ")
    is_name = (
        _NAMES.match(first) or not first[1:].islower() or (others[:1].isupper() and first not in ("The", "A", "An"))
    )
    return subject if is_name and len(first) > 1 else subject[0].lower() + subject[1:]


def _polished(text: str) -> str:
    text = re.sub(r"\s+", " ", text).strip().rstrip(".")
    return f"{text[0].upper()}{text[1:]}?"


def topic_of(heading: str) -> str | None:
    """A heading or title as it is named in a question; `None` for one that names nothing."""
    plain = re.sub(r"^(?:(?:section|article|chapter)\s)?\d+(?:\.\d+)*[.)]?\s+", "", heading, flags=re.IGNORECASE)
    plain = plain.strip(" .:")
    if not 2 <= len(plain) <= 60 or plain.endswith("?") or not re.search(r"[A-Za-z]{3}", plain):
        return None
    return plain
