from groundtune.answering.sentences import pieces, readable


def words(text: str) -> list[str]:
    return [piece.words for piece in pieces(text)]


def test_every_piece_is_a_verbatim_stretch_of_the_text() -> None:
    text = "# 제목\n\n연차는 **25일**입니다. 다만 예외가 있습니다.\n\n- 하나\n- 둘\n\n"
    text += "| 이름 | 값 |\n|---|---|\n| 가 | 1 |\n"
    found = pieces(text)
    assert [text[piece.start : piece.end] for piece in found] == [
        "연차는 **25일**입니다.",
        "다만 예외가 있습니다.",
        "하나",
        "둘",
        "| 가 | 1 |",
    ]


def test_a_heading_and_a_rule_are_no_pieces() -> None:
    assert words("# Leave\n\n---\n\n**Overview**\n\nText stands here.\n") == ["Text stands here."]
    assert words("[별표 1] 해외 숙박비\n\n미국은 250불이다.\n") == ["미국은 250불이다."]


def test_a_date_and_an_abbreviation_do_not_end_a_sentence() -> None:
    assert words("2024. 1. 15.부터 시행합니다. 다음 문장입니다.") == [
        "2024. 1. 15.부터 시행합니다.",
        "다음 문장입니다.",
    ]
    assert words("Ask Mr. Kim, e.g. by mail. He knows 3.5 ways.") == [
        "Ask Mr. Kim, e.g. by mail.",
        "He knows 3.5 ways.",
    ]


def test_a_table_row_is_read_with_its_header() -> None:
    row = pieces("| 구분 | 일수 |\n|---|---|\n| 본인 결혼 | 5일 |\n| 자녀 결혼 | |\n")
    assert [piece.words for piece in row] == ["구분: 본인 결혼; 일수: 5일", "구분: 자녀 결혼"]


def test_a_list_item_brings_the_line_that_introduces_it() -> None:
    item = pieces("You get the following:\n\n- 3 days after a year\n- 5 days after two\n")[1]
    assert item.full_words == "You get the following: 3 days after a year"


def test_a_korean_line_may_announce_a_list_with_a_full_stop() -> None:
    item = pieces("첫날 다음을 가져옵니다.\n\n- 신분증\n- 통장 사본\n")[1]
    assert item.full_words == "첫날 다음을 가져옵니다. 신분증"


def test_a_later_paragraph_does_not_inherit_the_lists_lead() -> None:
    found = pieces("Bring:\n\n- a photo\n\nThen wait.\n\n- coffee is free\n")
    assert [piece.lead_words for piece in found] == ["", "Bring:", "", ""]


def test_clauses_of_an_article_are_sentences_without_the_articles_name() -> None:
    text = "제3조(신청) ① 직원은 신청한다. <개정 2012.2.1> ② 회사는 승인한다.\n"
    assert words(text) == ["직원은 신청한다.", "회사는 승인한다."]
    assert pieces(text)[0].kind == "sentence"


def test_a_repealed_clause_is_no_answer() -> None:
    assert words("① 삭제 <2017.11.28>\n\n② 회사는 승인한다.\n") == ["회사는 승인한다."]


def test_a_piece_is_whole_where_a_passage_ends_inside_it() -> None:
    text = "First sentence here. The second one is longer than the passage.\n\nAnother paragraph."
    middle = text.index("longer")
    assert [piece.words for piece in pieces(text, 0, middle)] == [
        "First sentence here.",
        "The second one is longer than the passage.",
    ]


def test_a_sentence_wrapped_over_two_lines_is_one() -> None:
    assert words("The fee is due\non the first day. Late fees\nare two per cent.") == [
        "The fee is due on the first day.",
        "Late fees are two per cent.",
    ]


def test_a_reader_sees_no_markup() -> None:
    assert (
        readable("See **the [handbook](https://x.example)** and `code`\nnow <개정 2012.2.1>")
        == "See the handbook and code now"
    )


def test_an_articles_head_is_no_part_of_its_first_sentence_and_begins_a_new_one() -> None:
    text = "**제2조(연차)** ① 연차는 보름이다.\n제3조 (병가) 병가는 열흘이다.\n\n**제4조(경조)**\n"
    assert words(text) == ["연차는 보름이다.", "병가는 열흘이다."]
