"""LanceDB without a vector index: every query compares all vectors, so that its answers are exact at any size."""

from __future__ import annotations

from typing import ClassVar

import protocol
from system_lancedb import LanceDB


class ExactLanceDB(LanceDB):
    approximate = False
    notes: ClassVar[dict[str, str]] = {
        **LanceDB.notes,
        "add": "written in batches of 10,000 passages, full text indexed",
    }


if __name__ == "__main__":
    protocol.main(ExactLanceDB)
