"""Labelled data is read from the files that people have, and each bad row is named by its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundtune.comparison.tasks import Columns, read_task
from groundtune.errors import BadData
from groundtune.tuning.data import LabelledData, examine, read_labelled
from groundtune.tuning.prepare import prepare


def problems(data: LabelledData) -> list[tuple[str, tuple[int, ...]]]:
    return [(problem.kind, problem.lines) for problem in data.problems if problem.kind != "class_too_small"]


def written(folder: Path, name: str, content: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content.encode(encoding))
    return path


def test_bad_jsonl_rows_are_named_by_line_and_the_rest_is_read(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "a.jsonl",
        '{"text": "good one", "label": "a"}\n{"text": "no label"}\nnot json\n\n[1]\n'
        '{"text": "  ", "label": "a"}\n{"text": 5, "label": "a"}\n{"text": "another", "label": "b"}\n',
    )
    data = read_labelled(path)
    assert [example.line for example in data.examples] == [1, 8]
    assert problems(data) == [
        ("malformed", (2,)), ("malformed", (3,)), ("malformed", (5,)), ("empty", (6,)), ("malformed", (7,)),
    ]  # fmt: skip


def test_a_csv_in_cp949_with_named_columns_is_read(tmp_path: Path) -> None:
    path = written(
        tmp_path, "a.csv", "본문,분류,사람\n연차는 며칠인가요?,휴가,김\n월급날은 언제인가요?,급여,이\n", "cp949"
    )
    data = read_labelled(path, Columns("본문", "분류", "사람"))
    assert [(e.line, e.text, e.label, e.group) for e in data.examples] == [
        (2, "연차는 며칠인가요?", "휴가", "김"),
        (3, "월급날은 언제인가요?", "급여", "이"),
    ]


def test_a_csv_row_over_several_lines_is_named_by_its_first(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", 'text;label\n"one\ntwo";a\n;b\nthree;\nfour;b;extra\n')
    data = read_labelled(path)
    assert [(e.line, e.text) for e in data.examples] == [(2, "one\ntwo")]
    assert problems(data) == [("empty", (4,)), ("malformed", (5,)), ("malformed", (6,))]


def test_a_quote_that_is_not_closed_costs_its_own_row(tmp_path: Path) -> None:
    path = written(
        tmp_path, "a.csv", 'text,label\none,a\n"open,a\ntwo,b\n"quoted, whole",c\n"thr"ee,c\nfour,d\n"end,a\n'
    )
    data = read_labelled(path)
    assert [(e.line, e.text) for e in data.examples] == [(2, "one"), (4, "two"), (5, "quoted, whole"), (7, "four")]
    assert problems(data) == [("malformed", (3,)), ("malformed", (6,)), ("malformed", (8,))]
    assert any("Close the quote" in problem.detail for problem in data.problems)


def test_where_no_row_can_be_used_each_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "short.csv", "text,label\n,a\n,b\none,\ntwo,c,d\n")
    assert problems(examine(path)) == [("empty", (2,)), ("empty", (3,)), ("malformed", (4,)), ("malformed", (5,))]
    with pytest.raises(BadData, match=r"short\.csv:2: .*line 2: .*line 3: .*line 4: .*and 1 more"):
        read_labelled(path)


def test_a_group_that_no_row_has_is_refused_rather_than_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path, "g.jsonl", '{"text": "one", "label": "a", "firma": "x"}\n{"text": "two", "label": "b"}\n')
    with pytest.raises(BadData, match=r"“company”.*firma"):
        read_labelled(path, Columns(group="company"))
    assert [e.group for e in read_labelled(path, Columns(group="firma")).examples] == ["x", None]
    assert [e.group for e in read_labelled(path).examples] == [None, None]


def test_a_group_that_a_task_states_is_needed_even_under_its_usual_name(tmp_path: Path) -> None:
    written(tmp_path, "rows.jsonl", '{"text": "one", "label": "a", "firma": "x"}\n')
    columns = '[data.columns]\ngroup = "group"\n'
    task = written(tmp_path, "jobs.toml", f'kind = "classify"\n[data]\nlabelled = "rows.jsonl"\n{columns}')
    with pytest.raises(BadData, match=r"“group”.*firma"):
        prepare(read_task(task))


def test_a_folder_is_told_from_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="folder"):
        read_labelled(tmp_path)
    with pytest.raises(BadData, match="no such file"):
        read_labelled(tmp_path / "nothing.csv")


def test_an_excel_sheet_is_read(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["text", "label"], ["연차 신청", "휴가"], [None, None], ["급여 명세", 3]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    data = read_labelled(tmp_path / "a.xlsx")
    assert [(e.line, e.text, e.label) for e in data.examples] == [(2, "연차 신청", "휴가"), (4, "급여 명세", "3")]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"text,label\n\xff\xfe\xff,a\n", "a.csv:2.*UTF-8"),
        ("a.csv", b"body,label\nx,a\n", "“text”.*body"),
        ("a.csv", b'text,label\n"open,a\n', "a.csv:2"),
        ("a.jsonl", b"", "empty"),
        ("a.pdf", b"%PDF", ".pdf"),
        ("a.xlsx", b"no zip", "Excel"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadData, match=said):
        read_labelled(tmp_path / name)


def test_repeats_are_used_once_and_conflicts_not_at_all(tmp_path: Path) -> None:
    rows = ["Ｄevelops  software", "Develops software", "sells cars", "sells cars ", "cooks food"]
    labels = ["it", "it", "sales", "motor", "food"]
    lines = "".join(f'{{"text": "{text}", "label": "{label}"}}\n' for text, label in zip(rows, labels, strict=True))
    data = read_labelled(written(tmp_path, "a.jsonl", lines))
    assert [example.line for example in data.examples] == [1, 5]
    assert problems(data) == [("duplicate", (2,)), ("conflicting_labels", (3, 4))]


def test_over_long_texts_and_small_classes_are_named(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "text,label\none two three,a\none two,a\none,a\nfour,b\n")
    data = read_labelled(path, count_tokens=lambda texts: [len(text.split()) for text in texts], window=2)
    assert [(p.kind, p.lines) for p in data.problems] == [("over_long", (2,)), ("class_too_small", (5,))]


def test_the_same_rows_in_another_format_have_the_same_hash(tmp_path: Path) -> None:
    csv = written(tmp_path, "a.csv", "label,text,group\na,one,g\nb,two,\n")
    jsonl = written(tmp_path, "a.jsonl", '{"text": "one", "label": "a", "group": "g"}\n{"text": "two", "label": "b"}\n')
    assert read_labelled(csv).data_hash == read_labelled(jsonl).data_hash
    other = written(tmp_path, "b.csv", "label,text,group\na,one,g\na,two,\n")
    assert read_labelled(csv).data_hash != read_labelled(other).data_hash
