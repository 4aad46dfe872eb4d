"""Quality of a tuned classifier against TF-IDF with logistic regression, in the same five grouped folds.

The folds are scikit-learn's StratifiedGroupKFold (shuffled, seed 0) on every row of the file. In each, TF-IDF chooses
its regularisation, n-grams and class weights by cross-validation inside the training rows; the encoder trains on them
with the default recipe for its fixed number of epochs (no early stopping, and so no rows set aside for it), and is
shown with its words, which is what is served, and without, and as its int8 export. Macro-F1 is pooled over the folds;
the differences have a paired bootstrap interval, resampled by group.

    python benchmarks/classify_quality.py --data FILE --text-column COLUMN --label-column COLUMN --group-column COLUMN

`--fold` runs one fold (several may run side by side); each is kept in the folder `--work` and not run again, and one
that was stopped goes on from its last checkpoint there.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from groundtune.comparison.statistics import Bootstrap, interval, macro_f1
from groundtune.tuning.base import open_base
from groundtune.tuning.predict import Classifier, Description
from groundtune.tuning.recipe import ClassifyRecipe

FOLDS = 5


def rows(options: argparse.Namespace) -> tuple[list[str], list[str], list[str]]:
    """Every row as it stands, repeats included: the folds are compared with those of others."""
    lines = [json.loads(line) for line in options.data.read_text("utf-8").split("\n") if line.strip()]
    columns = options.text_column, options.label_column, options.group_column
    texts, labels, groups = ([str(line[column]) for line in lines] for column in columns)
    return texts, labels, groups


def tfidf(texts: list[str], truth: Any, groups: list[str], train: Any, test: Any) -> tuple[Any, dict[str, Any]]:
    """Predicted classes of the test rows, and what the inner cross-validation chose."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
    from sklearn.pipeline import Pipeline

    pipeline = Pipeline([("words", TfidfVectorizer(sublinear_tf=True)), ("model", LogisticRegression(max_iter=500))])
    grid = {
        "words__ngram_range": [(1, 1), (1, 2)],
        "model__C": [0.3, 1, 3, 10, 30, 100],
        "model__class_weight": [None, "balanced"],
    }
    inner = StratifiedGroupKFold(4, shuffle=True, random_state=0)
    search = GridSearchCV(pipeline, grid, scoring="f1_macro", cv=inner)
    search.fit([texts[i] for i in train], truth[train], groups=[groups[i] for i in train])
    return search.predict([texts[i] for i in test]), search.best_params_


def tuned(
    texts: list[str], truth: Any, train: Any, test: Any, recipe: ClassifyRecipe, folder: Path
) -> tuple[dict[str, Any], dict[str, float]]:
    """Logits (n, classes) of the test rows by arm, and the time since the last start."""
    import torch

    from groundtune.tuning.classifier_module import EncoderClassifier
    from groundtune.tuning.export import export
    from groundtune.tuning.loop import train as run

    torch.manual_seed(recipe.loop.seed)
    started = time.perf_counter(), time.process_time()
    side = [texts[i] for i in train], truth[train]
    base, classes = open_base(recipe.base_model), int(truth.max()) + 1
    job = EncoderClassifier(base, recipe, classes, side, (side[0][:8], side[1][:8]))
    trained = run(job, replace(recipe.loop, patience=recipe.loop.epochs), folder, keep="last")
    unseen = [texts[i] for i in test]
    assert job.word_model is not None
    logits = {"logits": job.logits(unseen), "words": job.word_model.logits(unseen)}
    spent = {
        "seconds": time.perf_counter() - started[0],
        "processor_seconds": time.process_time() - started[1],
        "training_seconds": trained.seconds,
        "examples_per_second": trained.examples / trained.seconds,
    }
    names = tuple(map(str, range(classes)))
    description = Description(names, 1.0, recipe.prefix, recipe.window, base.name, "fp32", words=True)
    export(job, base, description, folder, training=side[0], held_out=(unseen, truth[test]), n_validation=len(unseen))
    return {**logits, "int8": Classifier(folder, "int8").logits(unseen)}, spent


def fold(options: argparse.Namespace, number: int, recipe: ClassifyRecipe) -> None:
    from sklearn.model_selection import StratifiedGroupKFold

    path = options.work / f"fold{number}.json"
    if path.exists():
        return
    texts, labels, groups = rows(options)
    names = sorted(set(labels))
    truth = np.array([names.index(label) for label in labels], np.int64)
    splits = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0).split(truth, truth, groups)
    train, test = list(splits)[number]
    baseline = options.work / f"tfidf{number}.json"
    if not baseline.exists():
        linear, chosen = tfidf(texts, truth, groups, train, test)
        baseline.write_text(json.dumps({"tfidf": linear.tolist(), "tfidf_chose": chosen}), "utf-8")
    if options.baseline:
        return
    linear_alone = json.loads(baseline.read_text("utf-8"))
    linear = np.array(linear_alone["tfidf"])
    logits, spent = tuned(texts, truth, train, test, recipe, options.work / f"fold{number}")
    record = {
        "test": test.tolist(), **linear_alone, **{arm: given.tolist() for arm, given in logits.items()},
        "recipe": recipe.resolved(), **spent,
    }  # fmt: skip
    guessed = logits["logits"].argmax(axis=1)
    scores = [macro_f1(truth[test], predicted, len(names)) for predicted in (linear, guessed)]
    print(f"fold {number}: TF-IDF {scores[0]:.3f}, tuned {scores[1]:.3f}, {spent['seconds']:.0f} s", flush=True)
    path.write_text(json.dumps(record), "utf-8")


def pooled(options: argparse.Namespace) -> dict[str, Any]:
    _, labels, groups = rows(options)
    names = sorted(set(labels))
    truth = np.array([names.index(label) for label in labels], np.int64)
    guessed = {arm: np.zeros_like(truth) for arm in ("tfidf", "tuned", "int8", "encoder", "words")}
    records = [json.loads((options.work / f"fold{number}.json").read_text("utf-8")) for number in range(FOLDS)]
    for record in records:
        guessed["tfidf"][record["test"]] = record["tfidf"]
        logits, words = np.array(record["logits"]), np.array(record["words"])
        arms = {"tuned": logits, "int8": np.array(record["int8"]), "encoder": logits - words, "words": words}
        for arm, given in arms.items():
            guessed[arm][record["test"]] = given.argmax(axis=1)
    bootstrap = Bootstrap(groups)
    value = {arm: macro_f1(truth, one, len(names)) for arm, one in guessed.items()}
    drawn = {arm: bootstrap.macro_f1(truth, one, len(names)) for arm, one in guessed.items()}
    found = {arm: interval(value[arm], drawn[arm]) for arm in guessed}
    for name, other in (("difference", "tfidf"), ("of_words", "encoder"), ("lost_by_int8", "int8")):
        found[name] = interval(value["tuned"] - value[other], drawn["tuned"] - drawn[other])
    for arm, one in found.items():
        print(f"{arm:10} {one.value:.4f}  [{one.low:.4f}, {one.high:.4f}]")
    return {
        "made": datetime.now(UTC).isoformat(timespec="seconds"), "rows": len(truth), "classes": len(names),
        "folds": FOLDS, "recipe": records[0]["recipe"],
        "macro_f1": {arm: [one.value, one.low, one.high] for arm, one in found.items()},
        "accuracy": {arm: float((one == truth).mean()) for arm, one in guessed.items()},
        "tfidf_chose": [record["tfidf_chose"] for record in records],
        "training_seconds": [record["training_seconds"] for record in records],
        "seconds": [record["seconds"] for record in records],
        "processor_seconds": [record["processor_seconds"] for record in records],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="JSONL")
    parser.add_argument("--text-column", default="text")
    parser.add_argument("--label-column", default="label")
    parser.add_argument("--group-column", default="group")
    parser.add_argument("--work", type=Path, default=Path("classify-folds"))
    parser.add_argument("--fold", type=int, choices=range(FOLDS))
    parser.add_argument("--baseline", action="store_true", help="TF-IDF alone")
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    recipe = ClassifyRecipe()
    for number in range(FOLDS) if options.fold is None else [options.fold]:
        fold(options, number, recipe)
    if all((options.work / f"fold{number}.json").exists() for number in range(FOLDS)):
        record = pooled(options)
        if options.results:
            options.results.parent.mkdir(parents=True, exist_ok=True)
            options.results.write_text(json.dumps(record, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
