"""Prediction speed of a tuned classifier against a transformers text-classification pipeline, on the same processor.

Both read the same texts with the same encoder shape: groundtune's fp32 and int8 exports through `Classifier`, the peer
through `pipeline("text-classification")` over `BertForSequenceClassification` in fp32 (torch, its default threads),
texts in the order of the file, its own padding. At batch 1 texts come one by one, at batch 64 sixty-four at a time.
Rounds are interleaved, so that whatever else the machine does meets all of them; the median round counts. Processor
seconds stand beside the clock's: on a busy machine they are the fairer of the two.

    python benchmarks/predict_speed.py --data FILE --text-column COLUMN --model FOLDER-OF-A-VERSION
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from groundtune.tuning.data import read_texts
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--text-column", default="text")
    parser.add_argument("--model", type=Path, required=True, help="the folder of a registered version")
    parser.add_argument("--texts", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    texts = [text for _, text in read_texts(options.data, options.text_column)][: options.texts]
    small, full = Classifier(options.model, "int8"), Classifier(options.model, "fp32")
    window, prefix = full.description.window, full.description.prefix
    pipe = peer(len(full.labels), window)
    prefixed = [prefix + text for text in texts]

    def piped(size: int) -> None:
        if size == 1:
            for text in prefixed:
                pipe(text, truncation=True)
        else:
            pipe(prefixed, truncation=True, batch_size=size)

    def ours(classifier: Classifier, size: int) -> None:
        for start in range(0, len(texts), size):
            classifier.predict(texts[start : start + size])

    arms: dict[str, Callable[[int], None]] = {
        "transformers": piped,
        "groundtune fp32": lambda size: ours(full, size),
        "groundtune int8": lambda size: ours(small, size),
    }
    seconds: dict[str, dict[int, list[float]]] = {name: {1: [], 64: []} for name in arms}
    processor: dict[str, dict[int, list[float]]] = {name: {1: [], 64: []} for name in arms}
    for run in arms.values():
        run(64)
    for _ in range(options.rounds):
        for size in (1, 64):
            for name, run in arms.items():
                started, worked = time.perf_counter(), time.process_time()
                run(size)
                seconds[name][size].append(time.perf_counter() - started)
                processor[name][size].append(time.process_time() - worked)
    rows = []
    for name in arms:
        for size in (1, 64):
            median = statistics.median(seconds[name][size])
            ratio = statistics.median(seconds["transformers"][size]) / median
            work = statistics.median(processor["transformers"][size]) / statistics.median(processor[name][size])
            rows.append(
                {
                    "arm": name,
                    "batch": size,
                    "texts_per_second": len(texts) / median,
                    "times_by_clock": ratio,
                    "times_by_processor": work,
                }
            )
            speed = f"{len(texts) / median:7.1f} texts/s"
            print(
                f"{name:18} batch {size:2}: {speed}, {ratio:.2f} × transformers by the clock, {work:.2f} × by processor"
            )
    sizes = {f.name: f.stat().st_size for f in options.model.glob("*.onnx")}
    print("bytes:", sizes)
    if options.results:
        record = {
            "made": datetime.now(UTC).isoformat(timespec="seconds"), "texts": len(texts), "rounds": options.rounds,
            "window": window, "seconds": seconds, "processor_seconds": processor, "rows": rows, "bytes": sizes,
            "versions": versions(),
        }  # fmt: skip
        options.results.parent.mkdir(parents=True, exist_ok=True)
        options.results.write_text(json.dumps(record, indent=2) + "\n", "utf-8")


def versions() -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in ("groundtune", "torch", "transformers", "onnxruntime")}


if __name__ == "__main__":
    main()
