"""Training speed against the plain transformers Trainer: the same encoder, texts, batch size, precision and epochs.

The peer is `Trainer` on `BertForSequenceClassification` with its defaults: every parameter trained (word embeddings
too), random order, each batch padded to its longest (`DataCollatorWithPadding`), AdamW. Its arguments are printed.
groundtune trains the same layers with word embeddings left as they are, batches by length. Its head starts as a
logistic regression on the untrained encoder's vectors; the time for that counts. Quality of both is macro-F1 on the
same held-out texts, the Trainer's after each of its epochs, so that the last line can say how long each took to be as
good. Scoring is not counted for either, our validation is. Each runs in a process of its own; on a busy machine
processor seconds are the fairer measure.

    python benchmarks/training_speed.py --data FILE --text-column COLUMN --label-column COLUMN [--group-column COLUMN]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from groundtune.comparison.statistics import macro_f1
from groundtune.comparison.tasks import Columns
from groundtune.tuning.base import open_base
from groundtune.tuning.data import read_labelled
from groundtune.tuning.loop import train, uses_bf16
from groundtune.tuning.recipe import ClassifyRecipe
from groundtune.tuning.split import split


def loaded(options: argparse.Namespace) -> tuple[list[str], Any, Any, int]:
    """Texts, class numbers, the split, the number of classes: the same for both."""
    data = read_labelled(options.data, Columns(options.text_column, options.label_column, options.group_column))
    parts = split(data)
    labels = list(data.classes)
    texts = [example.text for example in data.examples]
    return texts, np.array([labels.index(e.label) for e in data.examples], np.int64), parts, len(labels)


def ours(options: argparse.Namespace) -> dict[str, Any]:
    import torch

    from groundtune.tuning.classifier_module import EncoderClassifier

    texts, truth, parts, classes = loaded(options)
    loop = replace(ClassifyRecipe().loop, epochs=options.epochs, patience=options.epochs, checkpoint_steps=10**6)
    # Whole texts, as the Trainer reads them: leaving out sentences makes texts shorter, and would flatter.
    recipe = ClassifyRecipe(least_kept=1.0, loop=loop)
    torch.manual_seed(0)

    def side(rows: tuple[int, ...]) -> Any:
        return [texts[i] for i in rows], truth[list(rows)]

    base = open_base("bundled:e5")
    started, worked = time.perf_counter(), time.process_time()
    job = EncoderClassifier(base, recipe, classes, side(parts.train), side(parts.validation))
    start_head = time.perf_counter() - started
    with tempfile.TemporaryDirectory() as folder:
        trained = train(job, recipe.loop, Path(folder))
    seconds, worked = time.perf_counter() - started, time.process_time() - worked
    test, right = side(parts.test)
    return {
        "examples_per_second": trained.examples / seconds,
        "examples_per_processor_second": trained.examples / worked,
        "examples_per_second_without_the_head_s_start": trained.examples / trained.seconds,
        "seconds": seconds,
        "seconds_of_the_head_s_start": start_head,
        "macro_f1": macro_f1(right, job.logits(test).argmax(axis=1), classes),
        "recipe": recipe.resolved(),
    }


def theirs(options: argparse.Namespace) -> dict[str, Any]:
    import torch
    from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainerCallback, TrainingArguments

    from groundtune.models.e5 import bundled_e5_file

    texts, truth, parts, classes = loaded(options)
    base, recipe = open_base("bundled:e5"), ClassifyRecipe()
    ids = [base.encode(recipe.prefix + text, recipe.window) for text in texts]
    file = bundled_e5_file()
    shape = file.shape
    config = BertConfig(
        vocab_size=shape.vocabulary, hidden_size=shape.hidden, num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads, intermediate_size=shape.feed_forward, num_labels=classes,
        max_position_embeddings=shape.positions, type_vocab_size=shape.token_types,
        layer_norm_eps=shape.epsilon, pad_token_id=file.specials.padding,
    )  # fmt: skip
    model = BertForSequenceClassification(config)
    weights = file.weights()
    weights["embeddings.word_embeddings.weight"] = file.matrix("emb.word", shape.vocabulary, shape.hidden)
    model.bert.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()}, strict=False)

    def collate(rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """What DataCollatorWithPadding does."""
        longest = max(len(row["input_ids"]) for row in rows)
        padded = [row["input_ids"] + [config.pad_token_id] * (longest - len(row["input_ids"])) for row in rows]
        return {
            "input_ids": torch.tensor(padded),
            "attention_mask": torch.tensor(
                [[1] * len(r["input_ids"]) + [0] * (longest - len(r["input_ids"])) for r in rows]
            ),
            "labels": torch.tensor([row["labels"] for row in rows]),
        }

    def rows(side: tuple[int, ...]) -> list[dict[str, Any]]:
        return [{"input_ids": ids[i], "labels": int(truth[i])} for i in side]

    right = truth[list(parts.test)]
    clock = {"scoring": 0.0, "scoring_processor": 0.0}
    curve: list[dict[str, float]] = []

    class Scores(TrainerCallback):
        """Macro-F1 and the seconds of training alone, after each epoch."""

        def on_epoch_end(self, *_: Any, **__: Any) -> None:
            began, busy = time.perf_counter(), time.process_time()
            guessed = []
            model.eval()
            with torch.no_grad():
                for first in range(0, len(parts.test), 64):
                    batch = collate(rows(parts.test[first : first + 64]))
                    guessed.append(model(batch["input_ids"], batch["attention_mask"]).logits.argmax(dim=1).numpy())
            model.train()
            score = macro_f1(right, np.concatenate(guessed), classes)
            curve.append({"seconds": began - started - clock["scoring"], "macro_f1": score})
            clock["scoring"] += time.perf_counter() - began
            clock["scoring_processor"] += time.process_time() - busy

    given = {
        "num_train_epochs": options.peer_epochs or options.epochs,
        "per_device_train_batch_size": recipe.batch_size, "use_cpu": True,
        "bf16": uses_bf16(recipe.loop), "learning_rate": options.peer_rate, "save_strategy": "no",
        "report_to": "none", "disable_tqdm": True,
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(
            model=model,
            args=TrainingArguments(output_dir=folder, **given),
            train_dataset=rows(parts.train),
            data_collator=collate,
            callbacks=[Scores()],
        )
        started, worked = time.perf_counter(), time.process_time()
        trainer.train()
        seconds = time.perf_counter() - started - clock["scoring"]
        worked = time.process_time() - worked - clock["scoring_processor"]
    seen = given["num_train_epochs"] * len(parts.train)
    return {
        "examples_per_second": seen / seconds,
        "examples_per_processor_second": seen / worked,
        "seconds": seconds,
        "macro_f1": curve[-1]["macro_f1"],
        "after_each_epoch": curve,
        "arguments": given,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--text-column", default="text")
    parser.add_argument("--label-column", default="label")
    parser.add_argument("--group-column")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--peer-epochs", type=int, help="the Trainer's epochs; as many as ours if not given")
    parser.add_argument(
        "--peer-rate", type=float, default=5e-5, help="the Trainer's learning rate; 5e-5 is its default"
    )
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--results", type=Path)
    parser.add_argument("--only", choices=["ours", "theirs"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        print(json.dumps({"ours": ours, "theirs": theirs}[options.only](options)))
        return
    found: dict[str, list[dict[str, Any]]] = {"ours": [], "theirs": []}
    for _ in range(options.rounds):
        for arm in found:
            command = [sys.executable, __file__, *sys.argv[1:], "--only", arm]
            ended = subprocess.run(command, capture_output=True, text=True, check=True)
            found[arm].append(json.loads(ended.stdout.strip().splitlines()[-1]))
            print(arm, {key: value for key, value in found[arm][-1].items() if key != "recipe"})
    times = {}
    for by in ("examples_per_second", "examples_per_processor_second"):
        speed = {arm: float(np.median([run[by] for run in runs])) for arm, runs in found.items()}
        times[by] = speed["ours"] / speed["theirs"]
        print(
            f"{by}, the head's start included: "
            f"groundtune {speed['ours']:.2f}, Trainer {speed['theirs']:.2f}: {times[by]:.2f} times"
        )
    for mine, peer in zip(found["ours"], found["theirs"], strict=True):
        reached = [point["seconds"] for point in peer["after_each_epoch"] if point["macro_f1"] >= mine["macro_f1"]]
        print(
            f"macro-F1 {mine['macro_f1']:.3f}: groundtune in {mine['seconds']:.0f} s, the Trainer "
            + (f"in {reached[0]:.0f} s" if reached else f"not within {peer['seconds']:.0f} s ({peer['macro_f1']:.3f})")
        )
    if options.results:
        record = {"made": datetime.now(UTC).isoformat(timespec="seconds"), "times": times, "runs": found}
        options.results.parent.mkdir(parents=True, exist_ok=True)
        options.results.write_text(json.dumps(record, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
