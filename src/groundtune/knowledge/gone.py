"""Documents whose files are there no more. Not being shown a file is not knowing that it is gone.

A document is gone when every origin that held it lies in a place that was named now, and each of these is known not to
be there, or was read just now and holds it no more. A place that holds nothing at all where documents came from is not
believed: a drive that is not mounted and a page that asks for a login look so, too.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from pathlib import Path

from groundtune.i18n import t
from groundtune.knowledge.folders import is_known_to_be_gone
from groundtune.knowledge.look import Looked
from groundtune.knowledge.outcome import AddReport, Refusal
from groundtune.knowledge.remote.address import Address
from groundtune.knowledge.remote.fetch import Bounds, Interrupted, Remote, in_time
from groundtune.knowledge.remote.guard import Unreached
from groundtune.knowledge.sources import Root, lies_below, origin_of, path_below
from groundtune.storage.documents import DocumentStore


def ask_after_missing(looked: Looked, store: DocumentStore, bounds: Bounds, stop: threading.Event) -> None:
    """Asks the servers for what documents came from and is no longer listed, and keeps in `looked` what they say."""
    if not any(root.remote is not None and root.whole for root in looked.found.roots):
        return
    origins_of = store.origins.of_documents()
    for info in store.documents():
        for origin in origins_of.get(info.id) or {origin_of(info.source)}:
            root = _root_of(origin, looked)
            if root is None or not root.whole or origin in looked.missing or origin in looked.found.files:
                continue
            if stop.is_set():
                return
            if root.remote is not None and root.address is not None:
                looked.missing[origin] = _ask_after(origin, root, root.remote, root.address, bounds, stop)


def _ask_after(
    origin: str, root: Root, remote: Remote, address: Address, bounds: Bounds, stop: threading.Event
) -> bool:
    there = address if origin == root.name else address.below(path_below(origin, root.name))
    try:
        return in_time(lambda: remote.is_gone(there), remote, bounds, stop)
    except (Unreached, Interrupted):
        return False


def prune_gone(
    looked: Looked,
    seen: Collection[str],
    store: DocumentStore,
    report: AddReport,
    *,
    allow_empty: bool,
    among: Collection[str] | None = None,
) -> set[str]:
    """Removes documents that are gone and not among those `seen`, as `report` then tells; returns their origins."""
    origins_of = store.origins.of_documents(among)
    removed: set[str] = set()
    kept: dict[str, int] = {}
    known: dict[str, bool] = {}
    for info in store.documents(among=among):
        if info.id in seen:
            continue
        origins = origins_of.get(info.id) or {origin_of(info.source)}
        for origin in origins - known.keys():
            known[origin] = _is_gone(origin, looked)
        if not all(known[origin] for origin in origins):
            continue
        empty = next(filter(None, (_empty(origin, looked) for origin in origins)), None)
        if empty is not None and not allow_empty:
            kept[empty.name] = kept.get(empty.name, 0) + 1
            continue
        store.delete(info.id)
        report.removed.append(info.id)
        removed |= origins
    for name, count in kept.items():
        report.refused.append(Refusal(name, _not_believed(count)))
    store.origins.forget([origin for origin, gone in known.items() if gone and not _empty(origin, looked)])
    return removed


def forget_refusals(looked: Looked, store: DocumentStore) -> None:
    """Takes off the list of refusals what is no more where this run looked."""
    refused = looked.origins_refused()
    store.refusals.forget(lambda name: name not in refused and _is_over(name, looked))


def _is_over(name: str, looked: Looked) -> bool:
    root = _root_of(name, looked)
    if root is None:
        return False
    if root.remote is None:
        return is_known_to_be_gone(name) or Path(name).is_dir()
    return root.whole and name not in looked.found.files


def _is_gone(origin: str, looked: Looked) -> bool:
    root = _root_of(origin, looked)
    if root is None or origin in looked.origins_refused():
        return False
    if origin in looked.read:
        return True  # and the document was not in it
    if root.remote is None:
        return is_known_to_be_gone(origin)
    return looked.missing.get(origin, False)


def _empty(origin: str, looked: Looked) -> Root | None:
    """The place that `origin` lies in, where that holds nothing at all any more."""
    root = _root_of(origin, looked)
    return root if root is not None and root.files == 0 and origin != root.name else None


def _root_of(origin: str, looked: Looked) -> Root | None:
    return next((root for root in looked.found.roots if lies_below(origin, root.name)), None)


def _not_believed(count: int) -> str:
    return t(
        "There is nothing here any more, but {count} {count:|document|documents} came from here. "
        "{count:|It was|They were} kept. If {count:|it is|they are} meant to go: groundtune add --prune --allow-empty",
        count=count,
    )


def nothing_there(looked: Looked, removed: Collection[str]) -> Iterator[Refusal]:
    """Addresses that lead to nothing, but those at which something was until now."""
    told = looked.origins_refused()
    for root in looked.found.roots:
        was_there = root.name in told or any(lies_below(origin, root.name) for origin in removed)
        if root.remote is not None and root.whole and not root.files and not was_there:
            yield Refusal(root.name, t("There is nothing at this address."))
