"""Figures of retrieval: what counts as found, how sure a figure is, and weights that are fitted fairly."""

from __future__ import annotations

from datetime import date
from math import log2
from pathlib import Path

import pytest

from groundtune.comparison.retrieval import (
    WEIGHTS,
    RetrievalCase,
    fit_weight,
    half_of,
    measure,
    read_retrieval_cases,
    score_case,
)
from groundtune.errors import BadData


def case(*relevant: str, id: str = "c") -> RetrievalCase:
    return RetrievalCase(id, "question", relevant)


def hits(*ids: str) -> list[tuple[str, str]]:
    return [(name.partition("#")[0], name) for name in ids]


def test_a_hit_counts_under_its_document_and_under_its_passage() -> None:
    assert score_case(case("a"), hits("b#0", "a#3"), 5).rank == 2
    assert score_case(case("a#3"), hits("a#2", "a#3"), 5).rank == 2


def test_recall_is_the_share_of_relevant_ids_among_the_first_k() -> None:
    found = hits("x#0", "a#0", "b#0")
    assert score_case(case("a", "b", "c"), found, 2).recall == pytest.approx(1 / 3)
    assert score_case(case("a", "b", "c"), found, 3).recall == pytest.approx(2 / 3)


def test_several_passages_of_one_document_find_it_once() -> None:
    figures = score_case(case("a", "b"), hits("a#0", "a#1", "a#2"), 3)
    assert figures.recall == 0.5
    assert figures.ndcg == pytest.approx(1 / (1 + 1 / log2(3)))


def test_a_perfect_ranking_has_ndcg_one_and_an_empty_one_zero() -> None:
    assert score_case(case("a", "b"), hits("b#0", "a#0"), 5).ndcg == 1
    nothing = score_case(case("a"), [], 5)
    assert (nothing.rank, nothing.recall, nothing.reciprocal_rank, nothing.ndcg) == (None, 0, 0, 0)


def test_what_is_found_beyond_k_does_not_count() -> None:
    assert score_case(case("a"), hits("x#0", "a#0"), 1).reciprocal_rank == 0


def test_a_measured_arm_shows_how_many_cases_and_how_sure() -> None:
    cases = [case("a", id=str(i)) for i in range(40)]
    figures = measure("lexical", cases, lambda c: hits("a#0" if int(c.id) % 2 else "b#0"), 5)
    assert figures.n == 40
    assert figures.recall.value == 0.5
    assert 0.3 < figures.recall.low < 0.5 < figures.recall.high < 0.7


def test_a_weight_is_fitted_on_one_half_and_measured_on_the_other() -> None:
    cases = [case("a", id=str(i)) for i in range(60)]
    best = {0: 0.2, 1: 0.6}

    def find(of: RetrievalCase, weights):
        return [hits("a#0" if weight == best[half_of(of.id)] else "b#0") for weight in weights]

    halves, pooled = fit_weight(cases, find, 5)
    assert [half.weight for half in halves] == [0.2, 0.6]
    assert [half.recall_when_fitted for half in halves] == [1, 1]
    assert [half.other_half.recall.value for half in halves] == [0, 0]
    assert pooled is not None
    assert (pooled.n, pooled.recall.value) == (60, 0)


def test_too_few_cases_to_halve_give_no_fitted_figure() -> None:
    halves, pooled = fit_weight([case("a")], lambda c, weights: [hits("a#0")] * len(weights), 5)
    assert (halves, pooled) == ((), None)
    assert WEIGHTS[0] == 0
    assert WEIGHTS[-1] == 1


def written(folder: Path, text: str) -> Path:
    path = folder / "cases.jsonl"
    path.write_text(text)
    return path


def test_cases_are_read_with_their_dates_and_groups(tmp_path: Path) -> None:
    row = '{"question": "q", "relevant": ["a", "a", "b#1"], "as_of": "2024-05-01", "groups": ["hr"]}'
    (read,) = read_retrieval_cases(written(tmp_path, row))
    assert (read.id, read.relevant, read.as_of, read.groups) == ("1", ("a", "b#1"), date(2024, 5, 1), {"hr"})


@pytest.mark.parametrize(
    ("second", "because"),
    [
        ('{"question": "", "relevant": ["a"]}', "question"),
        ('{"question": "q", "relevant": []}', "relevant"),
        ('{"question": "q", "relevant": "a"}', "relevant"),
        ('{"question": "q", "relevant": ["a"], "as_of": "yesterday"}', "yesterday"),
        ('{"question": "q", "relevant": ["a"], "id": "1"}', "line 1"),
        ("{", "JSON"),
    ],
)
def test_a_bad_case_is_named_with_its_line(tmp_path: Path, second: str, because: str) -> None:
    with pytest.raises(BadData, match=rf"cases\.jsonl:2: .*{because}"):
        read_retrieval_cases(written(tmp_path, '{"question": "q", "relevant": ["a"]}\n' + second))
