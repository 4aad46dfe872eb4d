"""A store to add to, messages in English, and no proxy between a test and its own server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from groundtune.knowledge.add import AddReport, add
from groundtune.knowledge.analyse import open_analyser
from groundtune.knowledge.remote.fetch import Bounds
from groundtune.models.fakes import HashEmbedder
from groundtune.storage.database import Database
from groundtune.storage.documents import DocumentStore

LOCAL = Bounds(silent_seconds=2.0, allowed_hosts=frozenset({"127.0.0.1"}))

Adding = Callable[..., AddReport]


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDTUNE_LANG", "en")
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def store(tmp_path: Path) -> DocumentStore:
    return DocumentStore(Database(tmp_path / "store.sqlite"))


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path / "scratch"


@pytest.fixture
def run(store: DocumentStore, scratch: Path) -> Adding:
    def adding(*places: str, **options: object) -> AddReport:
        given = {"bounds": LOCAL, "scratch": scratch, "today": date(2026, 1, 1)} | options
        return add(places, store=store, analyser=open_analyser("bigram"), embedder=HashEmbedder(), **given)  # type: ignore[arg-type]

    return adding
