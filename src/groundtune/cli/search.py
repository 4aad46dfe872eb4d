"""`groundtune search`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from groundtune.cli.output import Day, Groups, emit, json_option, open_workspace, place, reader_of, workspace_option
from groundtune.i18n import t

if TYPE_CHECKING:
    from groundtune.storage.documents import DocumentStore
    from groundtune.types import Hit, Reader, Revision

_SNIPPET = 240


@click.command("search")
@click.argument("query")
@click.option("-k", default=10, show_default=True, type=click.IntRange(1, 1000), help=t("How many passages."))
@click.option("--as-of", type=Day(), default=None, help=t("Search what is in force on this day; by default today."))
@click.option(
    "--group", "groups", type=Groups(), multiple=True, help=t("Search as a reader of this group; may be repeated.")
)
@click.option("--legs", type=click.Choice(["hybrid", "lexical", "dense"]), default="hybrid", show_default=True)
@json_option
@workspace_option
def search_command(
    query: str,
    k: int,
    as_of: date | None,
    groups: tuple[frozenset[str], ...],
    legs: Any,
    as_json: bool,
    workspace_path: Path | None,
) -> None:
    """Find the passages nearest to QUERY, in Korean or English."""
    from groundtune.errors import UsageError

    if not query.strip():
        raise UsageError(t("The question is empty."))
    workspace = open_workspace(workspace_path)
    day = as_of or date.today()
    reader = reader_of(groups)
    searched = workspace.searcher.wording(query, as_of=day, reader=reader).text
    hits = workspace.searcher.search(query, k=k, as_of=day, reader=reader, legs=legs)
    found = list(with_revisions(hits, workspace.store, reader))
    if as_json:
        hits_shown = [_plain(*pair) for pair in found]
        emit("search/1", {"query": query, "searched": searched, "as_of": day, "legs": legs, "hits": hits_shown})
        return
    if searched != query:
        click.echo(t("Searched for: {text}", text=searched) + "\n")
    if not found:
        click.echo(t("Nothing was found that is in force on {day} and that you may read.", day=day))
    for pair in found:
        _print(*pair)


def with_revisions(hits: Sequence[Hit], store: DocumentStore, reader: Reader) -> Iterator[tuple[Hit, Revision]]:
    """Each hit with the revision that it stands in, but for those that were deleted or restricted since the search."""
    from groundtune.errors import UnknownName

    for hit in hits:
        try:
            yield hit, store.revision(hit.passage.revision_id, reader)
        except UnknownName:
            continue


def _print(hit: Hit, revision: Revision) -> None:
    from groundtune.knowledge import standing
    from groundtune.knowledge.clauses import beyond_headings, clause_at
    from groundtune.knowledge.locations import describe

    passage = hit.passage
    click.echo(click.style(f"{hit.rank:2}. {place(passage.title, passage.heading_path)}", bold=True))
    since = t("in force from {day}", day=passage.effective_from) if passage.effective_from else t("undated")
    legs = [f"{name} {score:.2f}" for name, score in (("BM25", hit.lexical), ("cos", hit.dense)) if score is not None]
    deeper = beyond_headings(clause_at(revision.text, passage.start, passage.end), passage.heading_path)
    counts = standing.describe(revision.metadata)
    where = [passage.name, deeper, describe(passage.locations), counts, since]
    click.echo(f"    {' · '.join(filter(None, where))} · {hit.score:.2f} ({', '.join(legs)})")
    words = " ".join(passage.text.split())
    click.echo(f"    {words[:_SNIPPET]}{'…' if len(words) > _SNIPPET else ''}\n")


def _plain(hit: Hit, revision: Revision) -> dict[str, Any]:
    from groundtune.knowledge.clauses import clause_at
    from groundtune.knowledge.standing import authority_of

    passage = hit.passage
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "lexical": None if hit.lexical is None else round(hit.lexical, 6),
        "dense": None if hit.dense is None else round(hit.dense, 6),
        "passage": passage.name,
        "document_id": passage.document_id,
        "revision": passage.revision_number,
        "title": passage.title,
        "heading_path": passage.heading_path,
        "clause": clause_at(revision.text, passage.start, passage.end),
        "authority": authority_of(revision.metadata.get("authority")),
        "scope": revision.metadata.get("scope"),
        "locations": [{"kind": at.kind, "name": at.name} for at in passage.locations],
        "effective_from": passage.effective_from,
        "effective_to": passage.effective_to,
        "in_force_until": passage.in_force_until,
        "language": passage.language,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
    }
