"""The invented organisations that answering is fitted on must be right about themselves."""

import json
from pathlib import Path
from typing import Any

import pytest

from groundtune.comparison.matching import states
from groundtune.types import Fact

DATA = Path(__file__).parents[2] / "benchmarks" / "data"


def _cases(organisation: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / organisation / "cases.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("organisation", ["campus", "ferry", "observatory"])
def test_every_answer_stands_on_the_page_that_is_named(organisation: str) -> None:
    for case in _cases(organisation):
        pages = [(DATA / organisation / f"{page}.md").read_text("utf-8") for page in case.get("relevant", [])]
        for variants in case.get("facts", []):
            assert any(states(page, Fact(tuple(variants))) for page in pages), case


@pytest.mark.parametrize("organisation", ["campus", "ferry", "observatory"])
def test_only_answerable_questions_have_facts(organisation: str) -> None:
    for case in _cases(organisation):
        assert (case["kind"] == "answerable") == bool(case.get("facts")) == bool(case.get("relevant")), case
