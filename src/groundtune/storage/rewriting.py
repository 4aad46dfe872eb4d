"""A stored revision changed where it stands: what the rule that revisions are pinned forever makes room for.

Only erasing does that. Whoever calls holds the transaction; the change log tells every index to read again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence

from groundtune.errors import StoreError
from groundtune.i18n import t
from groundtune.storage import encoding, writing
from groundtune.storage.rows import IndexFormat, NewPassage
from groundtune.types import Document


def rewrite_revision(
    connection: sqlite3.Connection,
    revision_id: int,
    instead_of: str,
    document: Document,
    passages: Sequence[NewPassage],
    content_hash: str,
    format: IndexFormat | None,
) -> None:
    """Puts `document` in the place of the revision's content, and `passages` in the place of its passages.

    Raises StoreError when the revision is no more what it was, by its content hash `instead_of`.
    """
    cursor = connection.execute(
        "UPDATE revisions SET title = ?, source = ?, metadata = ?, text = ?, locations = ?, notices = ?,"
        " content_hash = ? WHERE id = ? AND content_hash = ?",
        (
            document.title,
            document.source,
            json.dumps(dict(document.metadata), ensure_ascii=False),
            document.text,
            encoding.location_list(document.locations),
            json.dumps(document.notices, ensure_ascii=False),
            content_hash,
            revision_id,
            instead_of,
        ),
    )
    if cursor.rowcount != 1:
        raise StoreError(t("Documents changed meanwhile, and nothing was erased. Run the same command again."))
    connection.execute("DELETE FROM passages WHERE revision_id = ?", (revision_id,))
    rows = [encoding.passage_values(place, passage, document, format) for place, passage in enumerate(passages)]
    writing.insert_passages(connection, revision_id, rows)
    for table in ("beside_passages", "beside_revisions"):  # an index that is being made takes it in again
        connection.execute(f"DELETE FROM {table} WHERE revision_id = ?", (revision_id,))


def rename_document(
    connection: sqlite3.Connection, document_id: str, wanted: str, readers: Iterable[str] | None
) -> None:
    """Gives a document another id, `wanted` or one like it that is free, and other readers; enters the change."""
    (key,) = connection.execute("SELECT key FROM documents WHERE id = ?", (document_id,)).fetchone()
    if wanted != document_id and connection.execute("SELECT 1 FROM documents WHERE id = ?", (wanted,)).fetchone():
        wanted = f"{wanted}-{key}"
    groups = encoding.group_list(None if readers is None else frozenset(readers))
    connection.execute("UPDATE documents SET id = ?, readers = ? WHERE key = ?", (wanted, groups, key))
    writing.log_change(connection, key, "reindex")
