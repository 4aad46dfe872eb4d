"""Prediction speed of a tuned classifier against a transformers text-classification pipeline, on the same processor.

Both read the same texts, end to end from text to label, with the same encoder shape and window: groundtune's fp32 and
int8 exports through `Classifier`, the peer through `pipeline("text-classification", model=…, tokenizer=…,
device="cpu")` over `BertForSequenceClassification` in fp32 (its defaults: attention by torch's fused kernel), called as
`pipe(text, truncation=True)` and `pipe(texts, truncation=True, batch_size=64)`, with torch's own padding to each
batch's longest text. At batch 1 texts come one by one, at batch 64 sixty-four at a time, in the order of the file.
Every arm may use `--threads` threads. Each round has texts of its own where the file has enough, and groundtune's
tokenizer remembers no words but those of a hundred other texts, as in service. Rounds are interleaved, so that whatever
else the machine does meets all of them; the median round counts. Processor seconds stand beside the clock's: on a busy
machine they are the fairer of the two.

The matrix products alone, without anything between them, are measured beside: no arm on ONNX Runtime can be faster.

    python benchmarks/predict_speed.py --data FILE --text-column COLUMN --model FOLDER-OF-A-VERSION
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from groundtune.models.e5 import bundled_e5_tokenizer
from groundtune.tuning.labelled import read_texts
from groundtune.tuning.predict import Classifier


def peer(labels: int, window: int) -> Any:
    """The pipeline, over the bundled encoder with an untrained head: its speed is that of a trained one."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast, pipeline

    from groundtune.models.e5 import bundled_e5_file

    file = bundled_e5_file()
    shape, special = file.shape, file.specials
    config = BertConfig(
        vocab_size=shape.vocabulary, hidden_size=shape.hidden, num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads, intermediate_size=shape.feed_forward, num_labels=labels,
        max_position_embeddings=shape.positions, type_vocab_size=shape.token_types,
        layer_norm_eps=shape.epsilon, pad_token_id=special.padding,
    )  # fmt: skip
    model = BertForSequenceClassification(config)
    model.bert.load_state_dict({name: torch.from_numpy(w) for name, w in file.weights().items()}, strict=False)
    vocabulary = file.vocabulary()
    pieces = [(vocabulary.piece(id), vocabulary.score(id)) for id in range(len(vocabulary))]
    unigram = models.Unigram(pieces, unk_id=special.unknown)
    fast = Tokenizer(unigram)
    fast.normalizer = normalizers.NFKC()
    fast.pre_tokenizer = pre_tokenizers.Metaspace()
    fast.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", special.begin), ("</s>", special.end)]
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=fast, pad_token="<pad>", unk_token="<unk>", cls_token="<s>", sep_token="</s>",
        model_max_length=window, model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip
    return pipeline("text-classification", model=model.eval(), tokenizer=tokenizer, device="cpu")


def products_alone(precision: str, length: int, threads: int) -> float:
    """Seconds that ONNX Runtime takes for one text's matrix products in all layers: the least of many tries."""
    import numpy as np
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    from groundtune.models.e5 import bundled_e5_file

    shape = bundled_e5_file().shape
    hidden, wide = shape.hidden, shape.feed_forward
    kind, small, given = "MatMul", np.float32, TensorProto.FLOAT
    if precision == "int8":
        kind, small, given = "MatMulInteger", np.int8, TensorProto.UINT8
    numbers = np.random.default_rng(0)
    seconds = 0.0
    for rows, columns in ((hidden, 3 * hidden), (hidden, hidden), (hidden, wide), (wide, hidden)):
        weight = numpy_helper.from_array(numbers.integers(-99, 99, (rows, columns)).astype(small), "weight")
        graph = helper.make_graph(
            [helper.make_node(kind, ["x", "weight"], ["y"])], "product",
            [helper.make_tensor_value_info("x", given, [length, rows])],
            [helper.make_empty_tensor_value_info("y")], [weight],
        )  # fmt: skip
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        x = numbers.integers(1, 99, (length, rows)).astype(np.float32 if precision == "fp32" else np.uint8)
        tries = []
        for _ in range(100):
            started = time.perf_counter()
            session.run(None, {"x": x})
            tries.append(time.perf_counter() - started)
        seconds += shape.layers * min(tries)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--text-column", default="text")
    parser.add_argument("--model", type=Path, required=True, help="the folder of a registered version")
    parser.add_argument("--texts", type=int, default=128, help="in a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)  # read by groundtune when it predicts and by torch when loaded
    every = [text for _, text in read_texts(options.data, options.text_column)]
    small, full = Classifier(options.model, "int8"), Classifier(options.model, "fp32")
    window, prefix = full.description.window, full.description.prefix
    pipe = peer(len(full.labels), window)

    def piped(texts: list[str], size: int) -> None:
        prefixed = [prefix + text for text in texts]
        if size == 1:
            for text in prefixed:
                pipe(text, truncation=True)
        else:
            pipe(prefixed, truncation=True, batch_size=size)

    memory = bundled_e5_tokenizer()._unigram._memory
    for text in every[-100:]:
        full._encode(text)
    remembered = dict(memory)

    def ours(classifier: Classifier, texts: list[str], size: int) -> None:
        memory.clear()
        memory.update(remembered)
        for start in range(0, len(texts), size):
            classifier.predict(texts[start : start + size])

    arms: dict[str, Callable[[list[str], int], None]] = {
        "transformers": piped,
        "groundtune fp32": lambda texts, size: ours(full, texts, size),
        "groundtune int8": lambda texts, size: ours(small, texts, size),
    }
    seconds: dict[str, dict[int, list[float]]] = {name: {1: [], 64: []} for name in arms}
    processor: dict[str, dict[int, list[float]]] = {name: {1: [], 64: []} for name in arms}
    for run in arms.values():
        for size in (1, 64):
            run(every[-8:], size)
    for number in range(options.rounds):
        texts = [every[i % len(every)] for i in range(number * options.texts, (number + 1) * options.texts)]
        for size in (1, 64):
            for name, run in arms.items():
                started, worked = time.perf_counter(), time.process_time()
                run(texts, size)
                seconds[name][size].append(time.perf_counter() - started)
                processor[name][size].append(time.process_time() - worked)
    rows = []
    for name in arms:
        for size in (1, 64):
            mine, theirs = seconds[name][size], seconds["transformers"][size]
            ratio = statistics.median(a / b for a, b in zip(theirs, mine, strict=True))
            mine_cpu, theirs_cpu = processor[name][size], processor["transformers"][size]
            work = statistics.median(a / b for a, b in zip(theirs_cpu, mine_cpu, strict=True))
            speed = options.texts / statistics.median(mine)
            rows.append(
                {
                    "arm": name,
                    "batch": size,
                    "texts_per_second": speed,
                    "processor_ms_per_text": 1000 * statistics.median(mine_cpu) / options.texts,
                    "times_by_clock": ratio,
                    "times_by_processor": work,
                }
            )
            print(
                f"{name:18} batch {size:2}: {speed:6.1f} texts/s, {ratio:.2f} × transformers by the clock, "
                f"{work:.2f} × by processor"
            )
    lengths = [len(full._encode(text)) for text in every]
    middle = int(statistics.median(lengths))
    floors = {
        precision: {
            f"{threads} threads": 1000 * products_alone(precision, middle, threads)
            for threads in sorted({1, options.threads})
        }
        for precision in ("fp32", "int8")
    }
    print(f"products alone, {middle} tokens, ms:", floors)
    sizes = {f.name: f.stat().st_size for f in options.model.glob("*.onnx")}
    print("bytes:", sizes)
    if options.results:
        evaluation = options.model / "evaluation.json"
        record = {
            "made": datetime.now(UTC).isoformat(timespec="seconds"), "texts": options.texts, "rounds": options.rounds,
            "threads": options.threads, "window": window, "tokens_mean": statistics.mean(lengths),
            "load_average": os.getloadavg(), "seconds": seconds, "processor_seconds": processor, "rows": rows,
            "products_alone_ms": {"tokens": middle, **floors}, "bytes": sizes, "versions": versions(),
            "parity": json.loads(evaluation.read_text("utf-8"))["parity"] if evaluation.is_file() else None,
        }  # fmt: skip
        options.results.parent.mkdir(parents=True, exist_ok=True)
        options.results.write_text(json.dumps(record, indent=2) + "\n", "utf-8")


def versions() -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in ("groundtune", "torch", "transformers", "onnxruntime")}


if __name__ == "__main__":
    main()
