"""The systems beside each other: what is installed for each, what it imports, and whether it keeps its truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Peer:
    """`keeps` says, from the system's design, whether what it acknowledged outlives its process, killed or not, and
    whether other processes read the same truth meanwhile."""

    name: str
    title: str
    packages: tuple[str, ...]
    main_package: str
    imports: str
    keeps: bool
    why: str
    lives_in: str = ""
    """The system whose virtual environment it shares; empty for one of its own."""

    @property
    def environment(self) -> str:
        return self.lives_in or self.name


PEERS = (
    Peer(
        "groundtune",
        "groundtune",
        (str(REPOSITORY), "lindera-python-ko-dic"),
        "groundtune",
        "import groundtune.knowledge.search, groundtune.knowledge.analyse, groundtune.storage.documents",
        True,
        "one SQLite transaction a change (WAL, synchronous=FULL); processes read while one writes",
    ),
    Peer(
        "lancedb",
        "LanceDB",
        ("lancedb",),
        "lancedb",
        "import lancedb",
        True,
        "versioned commits; readers of other processes see them when they ask for the newest version",
    ),
    Peer(
        "lancedb_exact",
        "LanceDB (exact)",
        ("lancedb",),
        "lancedb",
        "import lancedb",
        True,
        "as LanceDB",
        lives_in="lancedb",
    ),
    Peer(
        "txtai",
        "txtai",
        ("txtai",),
        "txtai",
        "import txtai",
        False,
        "in memory until saved whole",
    ),
    Peer(
        "langchain",
        "LangChain + Chroma",
        ("langchain-chroma",),
        "langchain-chroma",
        "import langchain_chroma",
        False,
        "SQLite log on disk; but a replacement is two calls, and one directory is for one process",
    ),
    Peer(
        "haystack",
        "Haystack (in memory)",
        ("haystack-ai",),
        "haystack-ai",
        "from haystack.document_stores.in_memory import InMemoryDocumentStore;"
        "from haystack.components.retrievers.in_memory import InMemoryBM25Retriever",
        False,
        "in memory until saved whole",
    ),
    Peer(
        "llamaindex",
        "LlamaIndex",
        ("llama-index-core", "llama-index-retrievers-bm25"),
        "llama-index-core",
        "import llama_index.core, llama_index.retrievers.bm25",
        False,
        "in memory until persisted whole",
    ),
)
CONSTRAINTS = ("torch==2.13.0",)
"""One build of PyTorch for whoever needs it; a plain range would bring several gigabytes of CUDA."""
