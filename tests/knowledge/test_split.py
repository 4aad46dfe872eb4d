"""Documents are cut along their structure, and no character is lost."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from groundtune.knowledge import split as split_module
from groundtune.knowledge.split import body, context_header, split
from groundtune.models.fakes import HashEmbedder
from groundtune.types import Document, Span

EMBEDDER = HashEmbedder()


def spans_of(text: str, *, title: str = "T", window: int = 512) -> list[Span]:
    document = Document(id="d", title=title, text=text, source="d.md")
    return split(document, count_tokens=EMBEDDER.count_tokens, window=window)


def paths_of(text: str, **options) -> list[tuple[str, ...]]:
    return [span.heading_path for span in spans_of(text, **options)]


LINES = """# 제목
## Leave

제1장 총칙
제3조(휴가) 연차를
제3조의2(휴가)
부칙
부칙 <제1호>
① 연차를 준다.
  1. 하나
  가. 둘
별표 1
| a | b |
|---|---|
| 1 | 2 |
```
Title
====
다음과 같다.
"""
BITS = st.sampled_from([*LINES.splitlines(keepends=True), "word " * 9, "가나다라마바사" * 6, "\t \n", "① 준다. "])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(BITS, st.text(max_size=12)), max_size=14).map("".join), st.integers(24, 90))
def test_spans_are_in_order_lose_nothing_and_fit_the_window(text: str, window: int) -> None:
    covered = bytearray(len(text))
    end = 0
    for span in spans_of(text, window=window):
        assert end <= span.start < span.end
        end = span.end
        assert text[span.start : span.end].strip() == text[span.start : span.end]
        covered[span.start : span.end] = b"\1" * (span.end - span.start)
        assert EMBEDDER.count_tokens([text[span.start : span.end]])[0] <= window
    assert all(held or letter.isspace() for held, letter in zip(covered, text, strict=True))


def test_headings_become_the_path_of_what_stands_below_them() -> None:
    text = "# Handbook\n\nHello.\n\n## Leave\n\n### Annual\n\n15 days.\n\n## Travel\n\nBy train.\n"
    assert paths_of(text, title="Handbook") == [(), ("Leave", "Annual"), ("Travel",)]


def test_a_heading_without_words_goes_with_the_section_below() -> None:
    first, *rest = spans_of("## Leave\n\n### Annual\n\n15 days.")
    assert not rest
    assert first.start == 0


def test_a_hash_in_a_code_fence_is_no_heading() -> None:
    assert paths_of("## Setup\n\n```\n# not a heading\n```\n\nDone.") == [("Setup",)]


def test_an_underlined_title_is_a_heading() -> None:
    assert paths_of("Leave\n=====\n\n15 days.") == [("Leave",)]


STATUTE = """제1장 총칙

제1조(목적) 이 규칙은 근로조건을 정한다.

제2절 휴가

제43조(임금) 임금은 매월 지급한다.
제43조의2(명단 공개) ① 명단을 공개한다.
② 제43조에 따른 임금을 뜻한다.
제44조 삭제

부칙 <제1호, 2024.1.1>

제1조(시행일) 이 규칙은 공포한 날부터 시행한다.

부칙 <제2호, 2025.1.1>

제1조(시행일) 2025년부터 시행한다.

별표 1

휴가 일수표
"""


def test_articles_are_passages_under_their_chapter() -> None:
    assert paths_of(STATUTE)[:4] == [
        ("제1장 총칙", "제1조(목적)"),
        ("제1장 총칙", "제2절 휴가", "제43조(임금)"),
        ("제1장 총칙", "제2절 휴가", "제43조의2(명단 공개)"),
        ("제1장 총칙", "제2절 휴가", "제44조"),
    ]


def test_a_reference_at_the_start_of_a_line_begins_no_article() -> None:
    assert paths_of("제1조(목적) 정한다.\n제43조에 따른 임금을 말한다.\n제2조 및 제3조를 준용한다.") == [
        ("제1조(목적)",)
    ]


def test_supplementary_provisions_are_kept_apart_from_the_articles() -> None:
    assert paths_of(STATUTE)[4:] == [
        ("부칙 <제1호, 2024.1.1>", "제1조(시행일)"),
        ("부칙 <제2호, 2025.1.1>", "제1조(시행일)"),
        ("별표 1",),
    ]


def test_articles_as_markdown_headings_are_the_same_articles() -> None:
    text = (
        "# 근로규칙\n\n## 제1장 총칙\n\n##### 제1조 (목적)\n\n정한다.\n\n##### 제1조의2 (정의)\n\n말한다.\n\n"
        "## 부칙\n\n부칙 <제1호>\n\n제1조 (시행일) 시행한다."
    )
    assert paths_of(text, title="근로규칙") == [
        ("제1장 총칙", "제1조(목적)"),
        ("제1장 총칙", "제1조의2(정의)"),
        ("부칙 <제1호>", "제1조(시행일)"),
    ]


def test_a_long_article_is_cut_at_its_paragraphs_and_keeps_its_heading() -> None:
    paragraphs = "\n".join(f"{mark} " + "연차 휴가를 준다 " * 8 for mark in "①②③④")
    text = f"제60조(연차 휴가)\n{paragraphs}"
    spans = spans_of(text, window=64)
    assert len(spans) > 1
    assert {span.heading_path for span in spans} == {("제60조(연차 휴가)",)}
    assert all(text[span.start] in "제①②③④" for span in spans)


def test_a_cut_table_keeps_its_header_row() -> None:
    rows = "\n".join(f"| grade {i} | {i} days of leave |" for i in range(60))
    spans = spans_of(f"## Days\n\n| Grade | Leave |\n| --- | --- |\n{rows}", window=96)
    assert len(spans) > 2
    assert spans[0].prefix == ""
    assert {span.prefix for span in spans[1:]} == {"| Grade | Leave |"}


def test_a_word_longer_than_the_window_is_cut_all_the_same(monkeypatch) -> None:
    monkeypatch.setattr(split_module, "TARGET_TOKENS", 20)
    document = Document(id="d", title="T", text="a" * 300, source="d")
    spans = split(document, count_tokens=lambda texts: [len(text) for text in texts], window=40)
    assert max(span.end - span.start for span in spans) <= 20
    assert sum(span.end - span.start for span in spans) == 300


def test_the_header_says_where_a_passage_stands_and_says_nothing_twice() -> None:
    assert context_header("Handbook", ("Handbook", "Leave"), "| Grade |") == "Handbook > Leave\n| Grade |"


def test_the_text_to_search_leaves_out_headings_that_the_path_names() -> None:
    assert body("## Leave\n\n15 days.", ("Leave",)) == "15 days."
    assert body("## Other\n\n15 days.", ("Leave",)) == "## Other\n\n15 days."


def test_an_empty_document_has_no_passage() -> None:
    assert spans_of(" \n\n ") == []


def test_bold_article_heads_begin_sections_as_plain_ones_do() -> None:
    plain = "제1조(목적) 이 규정은 휴가를 정한다.\n\n제2조(연차) 연차는 보름이다.\n"
    bold = plain.replace("제1조(목적)", "**제1조(목적)**").replace("제2조(연차)", "**제2조**(연차)")
    assert paths_of(bold) == paths_of(plain) == [("제1조(목적)",), ("제2조(연차)",)]
    assert body("**제1조(목적)**\n이 규정은", ("제1조(목적)",)) == "이 규정은"
