"""Models by Hugging Face id: this machine first, and a plain word where there is nothing to be had."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import pytest

from groundtune.errors import ModelUnavailable

pytest.importorskip("transformers")

from groundtune.models.hub import from_hub

NOBODY = "http://127.0.0.1:9"
"""An address at which nothing listens."""


@pytest.mark.parametrize("open_it", ["open_chat", "open_embedder"])
def test_without_a_network_one_sentence_says_what_to_do(open_it: str, tmp_path: Path) -> None:
    program = (
        f"from groundtune.models import {open_it}\ntry: {open_it}('hf:nope/nope')\nexcept Exception as e: print(e)"
    )
    environment = os.environ | {"HF_ENDPOINT": NOBODY, "HF_HOME": str(tmp_path), "GROUNDTUNE_LANG": "en"}
    environment.pop("HF_HUB_OFFLINE", None)
    started = perf_counter()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, timeout=120)
    assert perf_counter() - started < 60
    assert "hf:nope/nope is not on this machine" in done.stdout
    assert NOBODY in done.stdout
    assert "hf:FOLDER" in done.stdout
    assert "Retrying" not in done.stdout + done.stderr


def test_a_folder_that_is_not_there_is_not_looked_for_elsewhere(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="no folder"):
        from_hub("hf:x", str(tmp_path / "nothing"), lambda: pytest.fail("it was loaded"))


def test_what_is_cached_is_loaded_without_asking_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants, is_offline_mode

    commit = "0" * 40
    cached = tmp_path / "models--some--one" / "snapshots" / commit
    cached.mkdir(parents=True)
    (cached / "config.json").write_text("{}")
    refs = tmp_path / "models--some--one" / "refs"
    refs.mkdir()
    (refs / "main").write_text(commit)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "ENDPOINT", NOBODY)
    assert from_hub("hf:some/one", "some/one", is_offline_mode) is True
    assert constants.HF_HUB_OFFLINE is False
