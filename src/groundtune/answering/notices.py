"""What a reader should know besides the answer, in the asker's language: what changes soon, what has no dates, which
documents say otherwise. Decides nothing about what holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from groundtune.answering.asked import language_of
from groundtune.answering.conflicts import Pair
from groundtune.i18n import t_in
from groundtune.storage.documents import DocumentStore
from groundtune.types import Contrast, Evidence, Question, Sentence


def notices(
    sentences: Sequence[Sentence],
    conflicts: Sequence[Contrast],
    store: DocumentStore,
    question: Question,
    language: str,
    today: date,
) -> Iterator[str]:
    """Those of an answer, each once."""
    if any(language_of(sentence.text) != language for sentence in sentences):
        yield t_in(language, "The documents answer in another language; the quote is shown as it stands there.")
    ranks = [{quote.authority for quote in conflict.evidence} for conflict in conflicts]
    if any(len(some) > 1 and None not in some for some in ranks):
        yield t_in(
            language,
            "What counts for more stands first. A document that counts for less may hold all the same where it is more "
            "favourable; that is not decided here.",
        )
    quotes = {quote.document_id: quote for sentence in sentences for quote in sentence.evidence}
    for quote in quotes.values():
        yield from _upcoming(quote, store, question, language)
        if question.as_of != today and quote.effective_from is None and quote.effective_to is None:
            yield t_in(
                language,
                "“{title}” states no dates: whether it applied on {day} can't be seen.",
                title=quote.title,
                day=question.as_of,
            )


def other_days(store: DocumentStore, question: Question, language: str) -> Iterator[str]:
    """When there are documents to answer from, where there are none on the day asked about."""
    ended, begin = store.nearest_days(question.as_of, question.reader)
    if begin is not None:
        yield t_in(
            language, "From {day} on there are documents in force that you may read. Ask as of a later day.", day=begin
        )
    if ended is not None:
        yield t_in(
            language,
            "Until {day} there were documents in force that you may read. Ask as of an earlier day.",
            day=ended,
        )


def contrast(pair: Pair, quoted: Evidence, other: Evidence, language: str) -> Contrast:
    """A pair in words, with the evidence of both."""
    scopes = pair.scopes or ("", "")
    sides = [(quoted, pair.words[0], scopes[0]), (other, pair.words[1], scopes[1])]
    if pair.other_counts_for_more:
        sides.reverse()
    (first, says, scope), (second, otherwise, other_scope) = sides
    values = {
        "title": _named(first, second, language),
        "value": says,
        "other": _named(second, first, language),
        "other_value": otherwise,
        "scope": scope or other_scope,
        "other_scope": other_scope,
    }
    if scope and other_scope:
        text = "For {scope}, {title} says {value}; for {other_scope}, {other} says {other_value}."
    elif scope or other_scope:
        text = (
            "For {scope}, {title} says {value}; {other} says {other_value}."
            if scope
            else "{title} says {value}; for {scope}, {other} says {other_value}."
        )
    else:
        text = "{title} says {value}; {other} says {other_value}."
    return Contrast(t_in(language, text, **values), (first, second))


def _named(quote: Evidence, beside: Evidence, language: str) -> str:
    """A document with what it counts as; beside another place of the same one, with the clause or section."""
    details = [t_in(language, quote.authority) if quote.authority else None]
    if quote.document_id == beside.document_id:
        details = [quote.clause or (quote.heading_path[-1] if quote.heading_path else None)]
    said = next(filter(None, details), None)
    return f"“{quote.title}” ({said})" if said else f"“{quote.title}”"


def _upcoming(quote: Evidence, store: DocumentStore, question: Question, language: str) -> Iterator[str]:
    """That another revision of the quoted document takes effect later, or none any more."""
    later = [
        revision.effective_from
        for revision in store.revisions(quote.document_id, question.reader)
        if revision.effective_from and revision.effective_from > question.as_of
    ]
    until = quote.in_force_until
    if until is not None and until not in later:
        yield t_in(language, "“{title}” is not in force any more from {day} on.", title=quote.title, day=until)
    if later:
        yield t_in(
            language,
            "“{title}” changes on {day}: from then on another version applies.",
            title=quote.title,
            day=min(later),
        )
