"""`groundtune predict`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Literal

import click

from groundtune.cli.output import emit, json_option, open_workspace, workspace_option
from groundtune.i18n import t


@click.command("predict")
@click.argument("model")
@click.option(
    "--input", "input_file", type=click.Path(path_type=Path), help=t("Texts: .jsonl, .csv, .tsv, .xlsx or .txt.")
)
@click.option("--text", "texts", multiple=True, help=t("A text; may be given several times, in place of a file."))
@click.option("--text-column", default="text", show_default=True, help=t("The column (or key) of the text."))
@click.option("--precision", type=click.Choice(["fp32", "int8"]), help=t("By default what the model's run chose."))
@json_option
@workspace_option
def predict_command(
    model: str,
    input_file: Path | None,
    texts: tuple[str, ...],
    text_column: str,
    precision: Literal["fp32", "int8"] | None,
    as_json: bool,
    workspace_path: Path | None,
) -> None:
    """Label texts with MODEL (“NAME” or “NAME@VERSION”), with calibrated probabilities; needs no torch."""
    from groundtune.errors import UsageError
    from groundtune.tuning.labelled import read_texts

    if (input_file is None) == (not texts):
        raise UsageError(t("Name either --input FILE or --text TEXT."))
    workspace = open_workspace(workspace_path)
    rows = read_texts(input_file, text_column) if input_file is not None else list(enumerate(texts, start=1))
    version, classifier = workspace.classifier(model, precision)
    started = time.perf_counter()
    predictions = classifier.predict([text for _, text in rows])
    seconds = time.perf_counter() - started
    if not as_json:
        for (line, _), found in zip(rows, predictions, strict=True):
            click.echo(f"{line}\t{found.label}\t{found.probability:.3f}")
        return
    emit(
        "predict/1",
        {
            "model": str(version),
            "precision": classifier.precision,
            "seconds": seconds,
            "predictions": [
                {"line": line, "label": p.label, "probability": p.probability, "probabilities": p.probabilities}
                for (line, _), p in zip(rows, predictions, strict=True)
            ],
        },
    )
