"""No text, near text or group stands on two sides of a split."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundtune.errors import BadData
from groundtune.tuning.data import LabelledData, data_hash
from groundtune.tuning.duplicates import _cosine, _shingles, near_duplicates
from groundtune.tuning.labelled import Example
from groundtune.tuning.split import deal, split

SHARES = (0.7, 0.15, 0.15)


def labelled(examples: list[Example]) -> LabelledData:
    near = tuple(near_duplicates([example.text for example in examples]))
    return LabelledData(Path("a.csv"), len(examples), tuple(examples), (), near, data_hash(examples))


def distinct(count: int, labels: str, groups: int | None = None) -> list[Example]:
    words = np.random.default_rng(0).integers(0, 10**9, (count, 4))
    return [
        Example(
            i + 2, " ".join(map(str, words[i])), labels[i % len(labels)], None if groups is None else str(i % groups)
        )
        for i in range(count)
    ]


@given(
    st.lists(st.tuples(st.integers(0, 25), st.sampled_from("abcd")), min_size=1, max_size=80),
    st.integers(0, 5),
)
def test_components_stay_whole_and_every_label_is_trained(rows: list[tuple[int, str]], seed: int) -> None:
    together = np.array([component for component, _ in rows])
    labels = [label for _, label in rows]
    sides = deal(together, labels, SHARES, seed)
    for component in set(together.tolist()):
        assert len(set(sides[together == component].tolist())) == 1
    for side in range(1, 3):
        assert {labels[i] for i in np.flatnonzero(sides == side)} <= set(labels)
    trained = {labels[i] for i in np.flatnonzero(sides == 0)}
    spread = {label for label in labels if len({c for c, other in rows if other == label}) < 3}
    assert spread <= trained
    assert np.array_equal(sides, deal(together, labels, SHARES, seed))


@given(st.integers(30, 200), st.integers(1, 4), st.integers(0, 3))
@settings(max_examples=25)
def test_singles_are_dealt_by_the_shares_within_each_label(count: int, classes: int, seed: int) -> None:
    labels = ["abcd"[i % classes] for i in range(count)]
    sides = deal(np.arange(count), labels, SHARES, seed)
    for label, total in Counter(labels).items():
        for side, share in enumerate(SHARES):
            found = sum(1 for i in range(count) if labels[i] == label and sides[i] == side)
            assert abs(found - share * total) < 1.5


def test_groups_and_near_duplicates_stay_on_one_side() -> None:
    examples = distinct(120, "abc", groups=40)
    long = (
        "responsible for the quarterly planning of all regional warehouses and their staff, reporting to the head " * 3
    )
    examples += [Example(500 + i, long + f"no {i}", "a", None) for i in range(6)]
    parts = split(labelled(examples))
    side = {i: s for s, members in enumerate((parts.train, parts.validation, parts.test)) for i in members}
    assert len(side) == len(examples)
    assert len({side[i] for i in range(120, 126)}) == 1
    for group in range(40):
        assert len({side[i] for i in range(120) if i % 40 == group}) == 1


def test_the_seed_decides_the_split_and_its_hash() -> None:
    data = labelled(distinct(90, "abc"))
    assert split(data, seed=1) == split(data, seed=1)
    assert split(data, seed=1).hash != split(data, seed=2).hash


def test_a_label_with_too_few_texts_stays_in_training() -> None:
    data = labelled([*distinct(60, "ab"), Example(99, "the only one of its kind", "rare")])
    parts = split(data)
    assert parts.train_only == ("rare",)
    assert 60 in parts.train


def test_a_single_label_cannot_be_split() -> None:
    with pytest.raises(BadData, match="1 label"):
        split(labelled(distinct(30, "a")))


def test_the_saved_split_names_lines(tmp_path: Path) -> None:
    data = labelled(distinct(40, "ab"))
    parts = split(data)
    parts.save(tmp_path / "split.json", data)
    saved = json.loads((tmp_path / "split.json").read_text())
    assert saved["hash"] == parts.hash
    assert sorted(line for lines in saved["lines"].values() for line in lines) == list(range(2, 42))


def test_near_duplicates_are_those_that_a_comparison_of_all_pairs_finds() -> None:
    numbers = np.random.default_rng(3)
    words = [f"{w:x}" for w in numbers.integers(0, 16**6, 400)]
    texts: list[str] = []
    for _ in range(60):
        text = [words[i] for i in numbers.integers(0, 400, 40)]
        texts.append(" ".join(text))
        for changes in (1, 2, 4):
            copy = list(text)
            for position in numbers.integers(0, 40, changes):
                copy[position] = words[numbers.integers(0, 400)]
            texts.append(" ".join(copy))
    sets = [_shingles(text) for text in texts]
    pairs = {(i, j) for i in range(len(texts)) for j in range(i + 1, len(texts)) if _cosine(sets[i], sets[j]) >= 0.9}
    assert 60 < len(pairs) < 400
    assert set(near_duplicates(texts)) == pairs


def test_many_copies_of_one_template_are_connected() -> None:
    template = (
        "we are looking for a reliable colleague for our office in the city centre, full time, from next month on. " * 2
    )
    texts = [template + str(i) for i in range(500)]
    from groundtune.tuning.duplicates import components

    assert set(components(500, near_duplicates(texts)).tolist()) == {0}
