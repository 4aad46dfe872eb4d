"""The demo twice, on a small sample of its own: every figure comes again, timings and what derives from them apart."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

pytest.importorskip("torch")

from groundtune.cli import root
from groundtune.packs import Pack, Sample
from tests.tuning.tiny_bert import write_encoder

TIMES = re.compile(r"_ms$|_seconds$|^measured_|_at$|^(money|machine_hours|break_even|report|cases_file|advice|notes)$")
PLACES = ("tower", "ferry", "market", "mayor", "bridge", "school", "gym", "library", "theatre", "cellar")


@pytest.mark.slow
def test_the_demo_repeats_its_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = Pack("tiny", {"en": "Tiny", "ko": "작은 것"}, sample=_sample(tmp_path / "sample"))
    entry = SimpleNamespace(name="tiny", load=lambda: lambda: pack)
    monkeypatch.setattr("groundtune.packs.entry_points", lambda **_: [entry])
    environment = {
        "GROUNDTUNE_LANG": "en",
        "GROUNDTUNE_EMBEDDER": "fake:hash",
        "GROUNDTUNE_CHAT": "fake:echo",
        "GROUNDTUNE_ANALYSER": "bigram",
    }
    found = []
    for name in ("first", "second"):
        result = CliRunner().invoke(
            root, ["demo", "--quick", "--workspace", str(tmp_path / name)], env=environment, catch_exceptions=False
        )
        assert result.exit_code == 0, result.output
        assert (tmp_path / name / "reports" / "demo.html").is_file()
        kept = sorted((tmp_path / name / "reports").glob("*.json"))
        assert [file.name for file in kept] == ["kinds-first-look.json", "questions-first-look.json"]
        found.append([_timeless(json.loads(file.read_text("utf-8"))) for file in kept])
    assert found[0] == found[1]
    assert {arm["name"] for arm in found[0][0]["arms"]} >= {"majority", "tfidf-linear", "fine-tuned"}
    assert {arm["name"] for arm in found[0][1]["arms"]} >= {"rag-extractive", "tuned-chat-alone", "rag-tuned-chat"}


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(item) for key, item in value.items() if not TIMES.search(key)}
    return [_timeless(item) for item in value] if isinstance(value, list) else value


def _sample(folder: Path) -> Sample:
    documents = folder / "documents"
    documents.mkdir(parents=True)
    for number, place in enumerate(PLACES):
        head = f"---\nid: {place}\ntitle: The {place}\nlanguage: en\n---\n\n"
        (documents / f"{place}.md").write_text(
            f"{head}# The {place}\n\nThe {place} has {40 + number} steps.\n", "utf-8"
        )
    cases = [
        {
            "id": place,
            "language": "en",
            "question": f"How many steps has the {place}?",
            "facts": [[f"{40 + number} steps"]],
        }
        for number, place in enumerate(PLACES[:6])
    ]
    examples = [
        {"language": "en", "question": f"{lead} {place}", "answer": f"It has {40 + number} steps.", "fact_ids": [place]}
        for number, place in enumerate(PLACES[6:])
        for lead in (
            "count what is to be climbed at the",
            "going up",
            "stairs, in total, inside our",
            "height by stairs:",
        )
    ]
    rows = [
        {"text": f"{word} {other} {number}", "label": label}
        for label, words in (("sea", ("ship", "crane", "pier")), ("food", ("pan", "stove", "soup")))
        for number, word in enumerate(words * 5)
        for other in [words[(number + 1) % 3]]
    ]
    for name, lines in (("cases", cases), ("examples", examples), ("rows", rows)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    write_encoder(folder / "encoder")
    (folder / "questions.toml").write_text(
        'name = "questions"\nkind = "answer"\n[data]\ncases = "cases.jsonl"\nexamples = "examples.jsonl"\n', "utf-8"
    )
    (folder / "kinds.toml").write_text(
        'name = "kinds"\nkind = "classify"\narms = ["tfidf-linear", "nearest-examples", "fine-tuned"]\n'
        f'[data]\nlabelled = "rows.jsonl"\n[tuning]\nbase_model = "hf:{folder / "encoder"}"\n'
        'prefix = ""\nwindow = 40\n',
        "utf-8",
    )
    asked = "How many steps has the tower?"
    return Sample(
        documents, folder, "questions", "kinds", "examples.jsonl", folder / "rows.jsonl",
        {"ko": asked, "en": asked, "unanswered": "Who won the football cup?"},
    )  # fmt: skip
