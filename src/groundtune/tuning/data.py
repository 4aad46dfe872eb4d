"""Labelled data: the rows of a file that training may use, and what is wrong with the others, line by line.

Knows nothing of models: whoever has a tokenizer hands in `count_tokens`. Nothing here changes a file.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from groundtune.comparison.tasks import Columns
from groundtune.errors import BadData
from groundtune.i18n import t
from groundtune.tuning.duplicates import near_duplicates
from groundtune.tuning.labelled import Example, Problem, rows_of

_NAMED = 3
"""Problems that an error names; `groundtune data check` names all."""

MINIMUM_PER_CLASS = 3
"""A class needs as many texts that may stand on different sides, or it can't be trained, validated and tested."""


@dataclass(frozen=True, slots=True)
class LabelledData:
    """A file's examples and its problems. `examples` are those that training may use, in file order."""

    path: Path
    rows: int
    examples: tuple[Example, ...]
    problems: tuple[Problem, ...]
    near_pairs: tuple[tuple[int, int], ...]
    """Positions in `examples` of texts that are nearly the same."""
    data_hash: str
    """Of texts, labels and groups in order: the same rows in another format hash the same."""

    @property
    def classes(self) -> dict[str, int]:
        """Examples of each label, most frequent first."""
        counts = Counter(example.label for example in self.examples)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def read_labelled(
    path: Path,
    columns: Columns | None = None,
    *,
    count_tokens: Callable[[Sequence[str]], list[int]] | None = None,
    window: int | None = None,
) -> LabelledData:
    """Reads and checks `path` (.jsonl, .csv, .tsv, .xlsx; UTF-8 or cp949).

    As `examine`, for whoever needs examples: raises BadData also when none is left, naming the first problems.
    """
    data = examine(path, columns, count_tokens=count_tokens, window=window)
    if not data.examples:
        first = data.problems[:_NAMED]
        told = [t("line {line}: {detail}", line=problem.lines[0], detail=problem.detail) for problem in first]
        more = len(data.problems) - len(told)
        if more:
            told.append(t("and {count} more", count=more))
        reason = t("No row can be used. {problems}", problems=" · ".join(told) or t("The file is empty."))
        raise BadData(reason, path=path, line=first[0].lines[0] if first else None)
    return data


def examine(
    path: Path,
    columns: Columns | None = None,
    *,
    count_tokens: Callable[[Sequence[str]], list[int]] | None = None,
    window: int | None = None,
) -> LabelledData:
    """Reads `path` and says what is wrong with it, row by row.

    Left out of `examples`: malformed and empty rows, repeated texts (the first one stays), and all rows of a text that
    has several labels. Texts of more than `window` tokens stay and are named. Raises BadData when the file can't be
    read at all.
    """
    columns = columns or Columns()
    rows: list[Example] = []
    problems: list[Problem] = []
    count = 0
    for row in rows_of(path, columns):
        count += 1
        if isinstance(row, Problem):
            problems.append(row)
        elif not row.text.strip():
            problems.append(Problem("empty", (row.line,), t("The text is empty."), fatal=True))
        else:
            rows.append(row)
    examples, repeated = _without_repeats(rows)
    problems += repeated
    if count_tokens is not None and window is not None:
        problems += _over_long(examples, count_tokens, window)
    near = near_duplicates([example.text for example in examples])
    problems += _nearly_same(examples, near)
    problems += _small_classes(examples)
    problems.sort(key=lambda problem: problem.lines)
    return LabelledData(path, count, tuple(examples), tuple(problems), tuple(near), data_hash(examples))


def data_hash(examples: Sequence[Example]) -> str:
    digest = hashlib.sha256()
    for example in examples:
        digest.update(json.dumps([example.text, example.label, example.group], ensure_ascii=False).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def normalised(text: str) -> str:
    """The text as duplicates are compared: NFKC, one space for any white space."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _without_repeats(rows: Sequence[Example]) -> tuple[list[Example], list[Problem]]:
    by_text: dict[str, list[Example]] = defaultdict(list)
    for row in rows:
        by_text[normalised(row.text)].append(row)
    kept: list[Example] = []
    problems: list[Problem] = []
    for same in by_text.values():
        lines = tuple(row.line for row in same)
        labels = sorted({row.label for row in same})
        if len(labels) > 1:
            detail = t("The same text has the labels {labels}; all are left out.", labels=", ".join(labels))
            problems.append(Problem("conflicting_labels", lines, detail, fatal=True))
            continue
        if len(same) > 1:
            detail = t("The same text as line {line}; only that one is used.", line=lines[0])
            problems.append(Problem("duplicate", lines[1:], detail, fatal=True))
        kept.append(same[0])
    return sorted(kept, key=lambda row: row.line), problems


def _over_long(
    examples: Sequence[Example], count_tokens: Callable[[Sequence[str]], list[int]], window: int
) -> Iterator[Problem]:
    for example, tokens in zip(examples, count_tokens([example.text for example in examples]), strict=True):
        if tokens > window:
            detail = t("{tokens} tokens; only the first {window} are read.", tokens=tokens, window=window)
            yield Problem("over_long", (example.line,), detail, fatal=False)


def _nearly_same(examples: Sequence[Example], pairs: Sequence[tuple[int, int]]) -> Iterator[Problem]:
    for one, other in ((examples[a], examples[b]) for a, b in pairs):
        if one.label == other.label:
            detail = t("Lines {a} and {b} have nearly the same text; they stay on one side.", a=one.line, b=other.line)
        else:
            detail = t(
                "Lines {a} and {b} have nearly the same text, but the labels “{label_a}” and “{label_b}”.",
                a=one.line,
                b=other.line,
                label_a=one.label,
                label_b=other.label,
            )
        yield Problem("near_duplicate", (one.line, other.line), detail, fatal=False)


def _small_classes(examples: Sequence[Example]) -> Iterator[Problem]:
    lines: dict[str, list[int]] = defaultdict(list)
    for example in examples:
        lines[example.label].append(example.line)
    for label, where in lines.items():
        if len(where) < MINIMUM_PER_CLASS:
            detail = t(
                "The label “{label}” has {count} {count:|example|examples}; a split into three needs {minimum}.",
                label=label,
                count=len(where),
                minimum=MINIMUM_PER_CLASS,
            )
            yield Problem("class_too_small", tuple(where), detail, fatal=False)
