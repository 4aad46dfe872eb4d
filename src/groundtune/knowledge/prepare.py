"""A document to passages that can be stored: its spans with their terms and vectors.

What is embedded and what is analysed carries its context: the document's title, the headings above, an inherited table
row. Knows nothing of files or storage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from groundtune.knowledge.analyse import Analyser
from groundtune.knowledge.split import body, context_header, split
from groundtune.models.protocols import Embedder
from groundtune.progress import Progress
from groundtune.storage.documents import IndexFormat, NewPassage
from groundtune.types import Document, Span


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document with its spans, still without terms and vectors."""

    document: Document
    spans: tuple[Span, ...]


def index_format(analyser: Analyser, embedder: Embedder) -> IndexFormat:
    return IndexFormat(embedder.name, embedder.dimension, analyser.name)


def prepare(document: Document, embedder: Embedder) -> Prepared:
    spans = split(document, count_tokens=embedder.count_tokens, window=embedder.window)
    return Prepared(document, tuple(spans))


def passages_of(
    batch: Sequence[Prepared], analyser: Analyser, embedder: Embedder, progress: Progress | None = None
) -> list[list[NewPassage]]:
    """The passages of each document; all are embedded together, which is faster than one document at a time."""
    texts = [embedded_text(prepared.document, span) for prepared in batch for span in prepared.spans]
    vectors = iter(embedder.embed_passages(texts, progress))
    return [
        [NewPassage(span, analysed_terms(prepared.document, span, analyser), next(vectors)) for span in prepared.spans]
        for prepared in batch
    ]


def embedded_text(document: Document, span: Span) -> str:
    return in_context(document.title, span.heading_path, span.prefix, document.text[span.start : span.end])


def in_context(title: str, heading_path: Sequence[str], prefix: str, text: str) -> str:
    """A passage's text as it is embedded: under its title and headings, which are not said twice."""
    return f"{context_header(title, heading_path, prefix)}\n{body(text, heading_path)}"


def analysed_terms(document: Document, span: Span, analyser: Analyser) -> tuple[str, ...]:
    """Terms of the title, of the nearest heading twice, and of the text. Measured: docs/decisions/0005-fusion.md."""
    words = body(document.text[span.start : span.end], span.heading_path)
    nearest = span.heading_path[-1] if span.heading_path else document.title
    context = [document.title, nearest, nearest, span.prefix]
    return analyser.tokens("\n".join([*context, words]), document.language)
