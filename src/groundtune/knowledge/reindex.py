"""All documents split, analysed and embedded anew beside the index that answers, and the switch from one to the other.

What is finished is on disk after each batch: a process that is stopped or dies loses one, and the same call goes on.
Until the switch, which is one transaction, the old index answers; documents that come meanwhile are taken in before it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib.metadata import version

from groundtune.errors import Stopped
from groundtune.i18n import t
from groundtune.knowledge.add import BATCH_PASSAGES
from groundtune.knowledge.analyse import Analyser
from groundtune.knowledge.prepare import Prepared, index_format, passages_of, prepare
from groundtune.models.protocols import Embedder
from groundtune.progress import Progress, Silent
from groundtune.storage.beside import Beside
from groundtune.storage.documents import DocumentStore
from groundtune.types import Document, Revision


def build_beside(
    store: DocumentStore,
    beside: Beside,
    analyser: Analyser,
    embedder: Embedder,
    *,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Brings the index beside up to every revision there is; one that was begun otherwise is begun anew.

    Raises Stopped; the same call continues.
    """
    progress, stop = progress or Silent(), stop or threading.Event()
    format = index_format(analyser, embedder)
    beside.begin(format, version("groundtune"))
    while pending := beside.pending():
        progress.start(t("Indexing anew"), len(pending))
        batch: list[tuple[int, Prepared]] = []
        for place, revision_id in enumerate(pending, start=1):
            if stop.is_set():
                progress.finish()
                raise Stopped("reindex")
            batch.append((revision_id, prepare(_document(store.revision(revision_id)), embedder)))
            if place == len(pending) or sum(len(prepared.spans) for _, prepared in batch) >= BATCH_PASSAGES:
                passages = passages_of([prepared for _, prepared in batch], analyser, embedder)
                beside.put(format, dict(zip((number for number, _ in batch), passages, strict=True)))
                progress.advance(len(batch))
                batch.clear()
        progress.finish()


def switch_to_beside(
    store: DocumentStore,
    beside: Beside,
    analyser: Analyser,
    embedder: Embedder,
    *,
    along: Callable[[], object] = lambda: None,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> int:
    """Puts the index beside in the place of the other, `along` with it, in one transaction; returns its passages.

    Documents that came since are taken in first. Raises Stopped, and changes nothing then.
    """
    while True:
        build_beside(store, beside, analyser, embedder, progress=progress, stop=stop)
        with store.together():
            if beside.switch():
                along()
                return store.passage_count()


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
