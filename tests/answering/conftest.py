from datetime import date
from pathlib import Path

import pytest

from tests.answering.worlds import LIBRARY, PARKING, POOL_KO, World, page


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A library, a car park and a pool; nothing changes it."""
    return World(tmp_path_factory.mktemp("town"), [LIBRARY, PARKING, POOL_KO])


@pytest.fixture
def fees(tmp_path: Path) -> World:
    """One page whose fee changed once and will change again, and one that only staff may read."""
    return World(
        tmp_path,
        [
            page("fees", "The gym fee is 20 euros a month.", title="Gym fees", since=date(2024, 1, 1)),
            page("fees", "The gym fee is 25 euros a month.", title="Gym fees", since=date(2026, 1, 1)),
            page("fees", "The gym fee is 30 euros a month.", title="Gym fees", since=date(2027, 3, 1)),
            page("safe", "The code of the safe is 4711.", title="The safe", readers=["staff"]),
            page("walk", "The guided walk starts at the fountain on Saturdays.", title="Guided walk"),
        ],
    )
