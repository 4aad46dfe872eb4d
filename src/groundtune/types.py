"""The nouns of the path: documents become passages, passages become evidence, evidence becomes answers, answers are
measured, measurements become advice.

Every noun is a frozen dataclass; `None` means that we do not know. Nothing here knows how anything is done.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import takewhile
from typing import Any, Literal

# --- Documents -------------------------------------------------------------------------------------------------------


LocationKind = Literal["page", "slide", "sheet", "attachment"]


@dataclass(frozen=True, slots=True)
class Location:
    """From `start` on, up to the next location, a text stands there in its file: on page 12, in the sheet “2026”."""

    start: int
    kind: LocationKind
    name: str
    """The page's or slide's number, counted from 1; the sheet's or attachment's name."""


def locations_between(locations: Sequence[Location], start: int, end: int) -> tuple[Location, ...]:
    """Those of `locations`, which are in order, that hold a part of what lies between `start` and `end`."""
    first = max(bisect_right(locations, start, key=lambda location: location.start) - 1, 0)
    return tuple(takewhile(lambda location: location.start < end, locations[first:]))


@dataclass(frozen=True, slots=True)
class Document:
    """What loading a file yields: one text with its dates and readers, not yet stored.

    `id` is stable from one load to the next (front matter, JSONL id, or the path below the folder that was added).
    `effective_from` is the first day of force, `effective_to` the first day on which it is no longer in force.
    `readers` names the groups that may read it; `None` means everybody.
    """

    id: str
    title: str
    text: str
    source: str
    language: str | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    readers: frozenset[str] | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    locations: tuple[Location, ...] = ()
    """In order; empty for a file that has no pages."""
    notices: tuple[str, ...] = ()
    """What was left out of the text and why, in words."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch that splitting cut out of a document: `text[start:end]`, offsets in characters."""

    start: int
    end: int
    heading_path: tuple[str, ...] = ()
    """The headings above the stretch, outermost first."""
    prefix: str = ""
    """Words that the stretch inherits (a table's header row, an article's heading) and that are searched with it."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One state of a document, pinned forever by its id."""

    id: int
    document_id: str
    number: int
    """1 for the first revision that was added."""
    title: str
    text: str
    content_hash: str
    language: str | None
    effective_from: date | None
    effective_to: date | None
    added_at: datetime
    source: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    locations: tuple[Location, ...] = ()
    notices: tuple[str, ...] = ()
    in_force_until: date | None = None
    """The first day on which it is not in force any more, stated or because another revision is; `None` for no such
    day."""

    def locations_of(self, start: int, end: int) -> tuple[Location, ...]:
        """Where `text[start:end]` stands in its file; several where it runs on to another page."""
        return locations_between(self.locations, start, end)


@dataclass(frozen=True, slots=True)
class Passage:
    """A searchable stretch of one revision. `text` is `revision.text[start:end]`, to the letter."""

    id: int
    document_id: str
    revision_id: int
    ordinal: int
    """0 for the first passage of its revision."""
    text: str
    start: int
    end: int
    heading_path: tuple[str, ...]
    title: str
    """The document's title in this revision."""
    revision_number: int
    effective_from: date | None
    effective_to: date | None
    language: str | None = None
    prefix: str = ""
    locations: tuple[Location, ...] = ()
    """Where it stands in its file; several where it runs on to another page."""
    in_force_until: date | None = None
    """The first day on which it is not in force any more, stated or because another revision is; `None` for no such
    day."""

    @property
    def name(self) -> str:
        """What people and files call it: "leave#3"; its place counts within its revision."""
        return f"{self.document_id}#{self.ordinal}"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks. A document with readers is shown to a reader who is in at least one of its groups."""

    groups: frozenset[str] = frozenset()

    def may_read(self, readers: frozenset[str] | None) -> bool:
        return readers is None or not self.groups.isdisjoint(readers)


EVERYBODY = Reader()
"""A reader without groups: sees only what everybody may see."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that search found, under its reader's rights and on its date."""

    passage: Passage
    rank: int
    """1 for the best."""
    score: float
    """The fused score; comparable within one search only."""
    lexical: float | None = None
    """BM25; `None` when that leg was not asked."""
    dense: float | None = None
    """Cosine, -1 to 1; `None` when that leg was not asked."""


# --- Answers ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    as_of: date
    reader: Reader = EVERYBODY
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A verbatim quote: `revision.text[start:end] == quote`, checked before it is shown."""

    document_id: str
    title: str
    revision_id: int
    revision_number: int
    effective_from: date | None
    effective_to: date | None
    passage_id: int
    heading_path: tuple[str, ...]
    quote: str
    start: int
    end: int
    locations: tuple[Location, ...] = ()
    """Where the quote stands in its file."""
    clause: str | None = None
    """The numbered clause that holds the quote whole, as its text numbers it; `None` where there is none."""
    passage: str = ""
    """The passage's name, "leave#3"."""
    authority: str | None = None
    """What its document counts as: law, collective agreement, rulebook or guide; `None` where it isn't stated."""
    scope: str | None = None
    """Where and for whom it holds, as “country: KR, site: Seoul”."""
    in_force_until: date | None = None
    """The first day on which it is not in force any more, stated or because another revision is; `None` for no such
    day."""
    header: str | None = None
    """Of the table in whose rows the quote begins: its header row, to the letter; `None` outside of a table."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer and what carries it. A sentence without evidence is shown only where none is asked."""

    text: str
    evidence: tuple[Evidence, ...] = ()
    support: float | None = None
    """How far its evidence carries it, 0 to 1, from the support check: 1 for words that are quoted. Whether it answers
    the question is another matter: `Answer.probability`. `None` when it was not checked."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two quotes that answer one question differently."""

    text: str
    """In words, in the asker's language."""
    evidence: tuple[Evidence, ...]
    """Both; where one document counts for more, its quote first."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A clause that a quoted sentence refers to, followed one step."""

    name: str
    """As “「근로기준법」 제60조 제1항” or “Travel Policy, Section 4.2(b)”."""
    evidence: Evidence | None = None
    """How the clause begins; `None` where it wasn't found among what the reader may read and was in force."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its evidence, or a reasoned refusal with the nearest passages."""

    question: str
    as_of: date
    text: str
    language: str
    sentences: tuple[Sentence, ...] = ()
    refused: bool = False
    reason: str | None = None
    """Why it was refused, for the reader."""
    reason_code: Literal["no_passage", "off_topic", "not_in_documents", "unsupported"] | None = None
    notices: tuple[str, ...] = ()
    """What the reader should know besides: the quote's language, whom to ask for a binding answer."""
    conflicts: tuple[Contrast, ...] = ()
    """Where documents, or two places of one, contradict each other on what was asked."""
    elsewhere: tuple[Contrast, ...] = ()
    """Where they differ because each holds for a scope of its own."""
    references: tuple[Reference, ...] = ()
    nearest: tuple[Hit, ...] = ()
    model: str = ""
    probability: float | None = None
    """That what was found answers the question rightly, 0 to 1, as refusing weighs it; `None` where nothing was."""
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


# --- Measuring -------------------------------------------------------------------------------------------------------


Origin = Literal["human", "reviewed", "drafted"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A number, date, name or phrase that an answer must (or must not) state; any of its variants counts."""

    variants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One held-out example. `input` is a `Question` for an answer task and the text for a classify task."""

    id: str
    input: Any
    language: str | None = None
    group: str | None = None
    """Cases of one group (a person, a topic) are resampled together."""
    label: str | None = None
    """The right label (classify)."""
    kind: Literal["answerable", "off_topic", "near_topic"] = "answerable"
    """Whether the documents answer the question (answer); the other two must be refused."""
    required: tuple[Fact, ...] = ()
    forbidden: tuple[Fact, ...] = ()
    relevant: tuple[str, ...] = ()
    """Ids of the documents or passages that hold the answer."""
    fact_ids: tuple[str, ...] = ()
    """Which facts the case turns on; tells whether a tuned model has seen them."""
    origin: Origin = "human"
    """Who made it: a person; a program, and a person has checked it since; or a program, and nobody has."""

    @property
    def drafted(self) -> bool:
        """Whether nobody has checked it: then it counts in no figure beside those that people have."""
        return self.origin == "drafted"


@dataclass(frozen=True, slots=True)
class Output:
    """What an arm gives back for one input."""

    text: str = ""
    refused: bool = False
    label: str | None = None
    probabilities: Mapping[str, float] | None = None
    evidence: tuple[Evidence, ...] = ()
    retrieved: tuple[str, ...] = ()
    """Document ids that the arm retrieved, best first."""
    conflicts: tuple[str, ...] = ()
    """Where documents contradict each other on what was asked, in words."""
    written: bool | None = None
    """Whether the text holds a sentence of the model's own; false when it was quoted instead, `None` where no model is
    to write."""
    probability: float | None = None
    """That the answer is right, 0 to 1, as the arm itself has it; `None` where it says nothing."""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Arm:
    """One approach: any callable from a task's input to its output. What was measured is what is served.

    `applicable` tells whether the arm can read a language; an arm that can't is 'not applicable' there, not zero.
    """

    name: str
    run: Callable[[Any], Output]
    family: Literal["baseline", "prompt", "rag", "tuned", "tuned_rag", "ceiling"]
    cites: bool = False
    """Whether its answers carry checked evidence."""
    offline: bool = True
    languages: frozenset[str] | None = None
    """Languages that it reads; `None` means any."""
    fingerprint: str = ""
    """Hash of everything that decides its outputs; an outcome is measured again only when this changes."""
    training_seconds: float | None = None
    """What building it cost, in seconds of this machine; `None` means unknown, 0.0 that there is nothing to train."""
    training_examples: int | None = None
    """How many labelled examples it was built from; 0 when it needs none."""
    trained_facts: frozenset[str] | None = None
    """Ids of the facts that its training examples state; `None` when it wasn't trained on any."""
    update: Literal["immediate", "retrain", "none"] = "none"
    """How the arm learns that a fact changed."""
    recommendable: bool = True
    """False for diagnostic arms such as the ceiling."""
    model: str | None = None
    """NAME@VERSION of the tuned model that answers; `None` where none does."""
    notes: str = ""

    def reads(self, language: str | None) -> bool:
        return self.languages is None or language is None or language in self.languages


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one arm did on one case. A failure is not a score: `error` set means that `scores` is empty."""

    arm: str
    case_id: str
    output: Output
    scores: Mapping[str, float]
    latency_ms: float
    error: str | None = None
