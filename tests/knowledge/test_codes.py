"""One-byte numbers decide which rows are looked at in full, and never what is found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundtune.knowledge import dense
from groundtune.knowledge.codes import kernels, rounded
from groundtune.knowledge.dense import Dense


def vectors(rows: int, *, spread: float, seed: int) -> np.ndarray:
    """(rows, 48) of unit length: the smaller `spread`, the more alike."""
    numbers = np.random.default_rng(seed)
    made = numbers.normal(size=48) + spread * numbers.normal(size=(rows, 48))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


@given(spread=st.sampled_from([0.01, 0.2, 1.0, 5.0]), seed=st.integers(0, 2**32 - 1))
def test_the_true_product_lies_between_the_bounds(spread: float, seed: int) -> None:
    library = kernels()
    assert library is not None
    rows = vectors(65, spread=spread, seed=seed)
    rows[3] = 0
    least, most = rounded(rows).between(rows[0], library)
    exact = rows.astype(np.float64) @ rows[0].astype(np.float64)
    assert (least <= exact).all()
    assert (exact <= most).all()


@pytest.mark.parametrize("kept", [1.0, 0.6, 0.05])
@pytest.mark.parametrize("spread", [0.05, 1.0, 5.0])
@pytest.mark.parametrize("fresh", [0, 300, 4999, 5000])
def test_what_is_near_is_found_with_codes_and_without(
    kept: float, spread: float, fresh: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = vectors(5000, spread=spread, seed=7)
    bulk, query = rows[: 5000 - fresh], vectors(1, spread=spread, seed=8)[0]
    slots = np.flatnonzero(np.random.default_rng(9).random(5000) < kept)
    exact = (rows[slots] * query).sum(axis=1)
    first = set(slots[np.argsort(-exact, kind="stable")[:20]].tolist())

    def near(index: Dense) -> set[int]:
        for row in rows[len(bulk) :]:
            index.append(row)
        return set(index.near(query, slots, 20).tolist())

    by_codes = near(Dense(bulk, rounded(bulk)))
    assert first <= by_codes
    assert len(by_codes) < 40
    assert near(Dense(bulk)) == by_codes
    monkeypatch.setattr(dense, "kernels", lambda: None)
    assert near(Dense(bulk, rounded(bulk))) == by_codes
