"""All documents analysed and embedded anew, after the embedder or the analyser was changed. All or nothing."""

from __future__ import annotations

import threading

from groundtune.errors import Stopped
from groundtune.i18n import t
from groundtune.knowledge.add import BATCH_PASSAGES
from groundtune.knowledge.analyse import Analyser
from groundtune.knowledge.prepare import Prepared, index_format, passages_of, prepare
from groundtune.models.protocols import Embedder
from groundtune.progress import Progress, Silent
from groundtune.storage.documents import DocumentStore, NewPassage
from groundtune.types import Document, Revision


def reindex(
    store: DocumentStore,
    analyser: Analyser,
    embedder: Embedder,
    *,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> int:
    """Splits, analyses and embeds every revision anew, then replaces all passages in one transaction; returns how many.

    Until it is done the old passages answer. Raises Stopped when it is stopped before, and nothing is changed then.
    """
    progress, stop = progress or Silent(), stop or threading.Event()
    revisions = [revision.id for info in store.documents() for revision in store.revisions(info.id)]
    fresh: dict[int, list[NewPassage]] = {}
    progress.start(t("Indexing anew"), len(revisions))
    waiting: list[tuple[int, Prepared]] = []

    def embed_waiting() -> None:
        passages = passages_of([prepared for _, prepared in waiting], analyser, embedder)
        fresh.update(zip((revision_id for revision_id, _ in waiting), passages, strict=True))
        progress.advance(len(waiting))
        waiting.clear()

    for revision_id in revisions:
        if stop.is_set():
            progress.finish()
            raise Stopped("reindex")
        waiting.append((revision_id, prepare(_document(store.revision(revision_id)), embedder)))
        if sum(len(prepared.spans) for _, prepared in waiting) >= BATCH_PASSAGES:
            embed_waiting()
    embed_waiting()
    progress.finish()
    store.reindex(index_format(analyser, embedder), fresh)
    return sum(map(len, fresh.values()))


def _document(revision: Revision) -> Document:
    return Document(
        id=revision.document_id,
        title=revision.title,
        text=revision.text,
        source=revision.source,
        language=revision.language,
        effective_from=revision.effective_from,
        effective_to=revision.effective_to,
        metadata=revision.metadata,
    )
