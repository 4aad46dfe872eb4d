"""What two pieces that speak of the same say otherwise: another amount, another name in the same sentence, or that one
allows what the other forbids. Rules over form, Korean and English, that pass over what isn't sure. Whether two pieces
speak of the same is for `conflicts`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from groundtune.answering.asked import Asked, language_of
from groundtune.answering.candidates import Candidate
from groundtune.answering.values import LENGTHS, MOMENTS, MONEY, Stated, Value, read_values, spoken
from groundtune.answering.weighing import Ranked

_SPAN = 4
"""Words of a name."""
_AROUND = 4
"""The least words that two sentences share around another name."""


def differ(one: Candidate, other: Candidate, asked: Asked, ranked: Sequence[Ranked]) -> tuple[str, str] | None:
    """What each says, in its words; `None` where they say the same, or nothing is sure."""
    if not comparable(one, other):
        return None
    return _amounts(one, other, asked, ranked) or _names(one, other, asked) or _yes_and_no(one, other, asked)


def agree(one: Candidate, other: Candidate, asked: Asked) -> bool:
    """Whether both state an amount of the kind that was asked for, the same one."""
    if not comparable(one, other):
        return False
    first, second = read_values(one.piece.full_words), read_values(other.piece.full_words)
    return bool(_answering(first, asked) & _answering(second, asked))


def same_kind(one: Candidate, other: Candidate, asked: Asked) -> bool:
    """Whether the other states an amount of a kind that the one answers with; true of two without amounts."""
    ours = {value.kind for value in _answering(read_values(one.piece.full_words), asked)}
    theirs = {value.kind for value in read_values(other.piece.full_words).values}
    return not ours.isdisjoint(theirs) or not (ours or theirs)


def comparable(one: Candidate, other: Candidate) -> bool:
    """Whether both are in one language; within one document, whether they use the same words, amounts left out."""
    words, others = one.piece.words, other.piece.words
    if language_of(words) != language_of(others):
        return False
    if one.revision.id != other.revision.id:
        return True
    rows = "row" in (one.piece.kind, other.piece.kind)
    return not rows and one.hit.passage.id != other.hit.passage.id and _frame_words(words) == _frame_words(others)


def _amounts(one: Candidate, other: Candidate, asked: Asked, ranked: Sequence[Ranked]) -> tuple[str, str] | None:
    first, second = read_values(one.piece.full_words), read_values(other.piece.full_words)
    if first.per and second.per and first.per != second.per:
        return None
    if {*first.bounds, *second.bounds} == {"most", "least"} and not first.bounds & second.bounds:
        return None
    ours, theirs = _answering(first, asked) - second.values, _answering(second, asked) - first.values
    kinds = {value.kind for value in ours} & {value.kind for value in theirs}
    kinds -= {"calendar year"} if "date" in kinds else set()
    ours, theirs = (frozenset(value for value in some if value.kind in kinds) for some in (ours, theirs))
    several = min(len(ours), len(theirs)) > 1 and first.frame != second.frame
    if len(kinds) != 1 or several:
        return None
    aside, besides = ({v for v in stated.values if v.kind not in kinds} for stated in (first, second))
    if not (aside <= besides or besides <= aside):
        return None  # what is said of the case differs as well
    others = [] if one.revision.id == other.revision.id else ranked
    if theirs & _stated_nearby(one, others) or ours & _stated_nearby(other, others):
        return None  # for another case, that document says the same
    return _said(one, ours), _said(other, theirs)


def _said(candidate: Candidate, values: frozenset[Value]) -> str:
    """The amounts in the piece's words, in its order."""
    words = candidate.piece.full_words
    said = {spoken(words, value) for value in values}
    return ", ".join(sorted(said, key=words.find))


def _answering(stated: Stated, asked: Asked) -> frozenset[Value]:
    """The amounts of the kind that the question asks for; all where there is none of it."""
    kinds = _KINDS.get(asked.kind)
    return stated.values if kinds is None else stated.of(kinds) or stated.values


def _stated_nearby(candidate: Candidate, ranked: Sequence[Ranked]) -> frozenset[Value]:
    """What the candidate's passage states, and the other pieces of its document that were read."""
    pieces = [entry.candidate.piece for entry in ranked if entry.candidate.revision.id == candidate.revision.id]
    texts = [candidate.hit.passage.text, *(piece.words for piece in pieces)]
    return frozenset[Value]().union(*(read_values(text).values for text in texts))


def _names(one: Candidate, other: Candidate, asked: Asked) -> tuple[str, str] | None:
    """One stretch of a sentence that stands word for word in both but for it: a name, nothing that was asked about."""
    if asked.kind in _KINDS or asked.kind in ("count", "whether"):
        return None
    words, others = one.piece.words.split(), other.piece.words.split()
    bare = [[word.strip(_SIGNS).lower() for word in some] for some in (words, others)]
    steps = SequenceMatcher(None, bare[0], bare[1], autojunk=False).get_opcodes()
    changed = [step for step in steps if step[0] != "equal"]
    shared = sum(last - first for kind, first, last, _, _ in steps if kind == "equal")
    if len(changed) != 1 or changed[0][0] != "replace" or shared < _AROUND:
        return None
    _, first, last, start, end = changed[0]
    mine, its = " ".join(words[first:last]).strip(_SIGNS), " ".join(others[start:end]).strip(_SIGNS)
    if max(last - first, end - start) > _SPAN or not (_is_name(mine, asked) and _is_name(its, asked)):
        return None
    return mine, its


def _is_name(words: str, asked: Asked) -> bool:
    """In Korean any word, where a person or place was asked for."""
    if _NUMBER.search(words):
        return False
    question = asked.text.lower()
    if language_of(words) == "ko":
        return asked.kind in ("person", "place") and not any(word[:2] in question for word in words.split())
    known = {word.strip(_SIGNS).lower() for word in words.split()} & set(re.findall(r"\w+", question))
    return words[:1].isupper() and not known


def _yes_and_no(one: Candidate, other: Candidate, asked: Asked) -> tuple[str, str] | None:
    """Where one allows what the other forbids, both sentences whole; none with an exception, or another amount."""
    words = one.piece.words, other.piece.words
    if asked.kind != "whether" or any(_EXCEPTION.search(some) for some in words):
        return None
    if read_values(words[0]).values != read_values(words[1]).values:
        return None
    forbid = [bool(_FORBIDS.search(some)) for some in words]
    allow = [not no and bool(_ALLOWS.search(some)) for no, some in zip(forbid, words, strict=True)]
    contrary = (forbid[0] and allow[1]) or (allow[0] and forbid[1])
    return (f"“{words[0]}”", f"“{words[1]}”") if contrary else None


def _frame_words(words: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W\d_]{2,}", read_values(words).frame))


_SIGNS = ".,;:!?()[]“”\"'·"
_NUMBER = re.compile(r"\d")
_KINDS = {"duration": LENGTHS, "time": MOMENTS | LENGTHS | {"time"}, "money": MONEY}
_EXCEPTION = re.compile(
    r"\b(?:except|unless|without|only|however|other than)\b|다만|제외|없이|외에는|한하여|만 ", re.IGNORECASE
)
_FORBIDS = re.compile(
    r"\b(?:not|cannot|never|no|nobody|forbidden|prohibited|banned)\b|n['’]t\b"
    r"|할 수 없|[을를지] 수 없|불가|금지|아니 [한된]다|아니[한하]|않[는습은]|안 [되됩된]|못 ?[한하합]",
    re.IGNORECASE,
)
_ALLOWS = re.compile(
    r"\b(?:may|can|allowed|permitted|entitled|eligible|welcome|free to|possible)\b"
    r"|수 있|가능|허용|[해어아]도 [된됩되]|인정",
    re.IGNORECASE,
)
