from datetime import date
from typing import Any

from groundtune.answering.answer import Answerer
from groundtune.answering.asked import language_of
from groundtune.models.fakes import ScriptedChat
from groundtune.types import Hit, Question
from tests.answering.worlds import POOL_KO, TODAY, World, page


def test_a_question_is_answered_with_a_verbatim_quote(town: World) -> None:
    answer = town.ask("How long may a graduate student keep a book?")
    assert not answer.refused
    assert "35 days" in answer.text
    for sentence in answer.sentences:
        for quote in sentence.evidence:
            assert town.store.revision(quote.revision_id).text[quote.start : quote.end] == quote.quote


def test_a_korean_question_is_answered_in_korean(town: World) -> None:
    answer = town.ask("수영장은 언제 닫나요?")
    assert "셋째 수요일" in answer.text
    assert answer.language == "ko"
    assert answer.sentences[0].evidence[0].document_id == POOL_KO.id


def test_a_table_row_is_shown_with_its_columns_and_quoted_as_it_stands(town: World) -> None:
    answer = town.ask("How many books may an undergraduate borrow?")
    assert answer.sentences[0].text == "Reader: Undergraduate; Books: 8; Loan period: 14 days"
    assert answer.sentences[0].evidence[0].quote == "| Undergraduate | 8 | 14 days |"
    assert answer.sentences[0].evidence[0].header == "| Reader | Books | Loan period |"


def test_a_quote_outside_of_a_table_has_no_header(town: World) -> None:
    assert town.ask("What does a monthly permit cost?").sentences[0].evidence[0].header is None


def test_an_exception_is_not_cut_off(town: World) -> None:
    answer = town.ask("사물함 요금은 한 학기에 얼마인가요?")
    assert "6,000원" in answer.text
    assert "장애인은 무료" in answer.text


def test_an_amount_for_one_case_brings_those_for_the_others(tmp_path) -> None:
    words = "# Notice\n\nDuring the trial term, either side gives 10 days of notice. After that it is 6 weeks."
    world = World(tmp_path, [page("notice", words, title="Notice")])
    assert (
        "10 days of notice. After that it is 6 weeks." in world.ask("How many days of notice do I have to give?").text
    )
    assert "6 weeks" not in world.ask("How many days of notice do I give in my trial term?").text


def test_a_question_without_a_word_is_refused(town: World) -> None:
    for question in ("🙂", "???"):
        assert town.ask(question).reason_code == "off_topic"


def test_a_misspelt_question_is_answered_as_it_was_meant_and_says_so(town: World) -> None:
    answer = town.ask("How many books may an undergraduate borow?")
    assert [s.text for s in answer.sentences] == [
        s.text for s in town.ask("How many books may an undergraduate borrow?").sentences
    ]
    assert "Searched for: How many books may an undergraduate borrow?" in answer.notices


def test_single_consonants_are_korean() -> None:
    assert language_of("ㅇㅊㅇㅇ") == "ko"


def test_a_list_is_shown_whole_with_the_line_that_introduces_it(town: World) -> None:
    answer = town.ask("What do I have to bring to join the library?")
    assert "a photo" in answer.text
    assert "your student card" in answer.text
    assert answer.text.startswith("To join, bring:")


def test_what_the_documents_do_not_tell_is_refused_by_name(town: World) -> None:
    answer = town.ask("Does the library have a coffee machine?")
    assert answer.refused
    assert answer.reason == answer.text == "The documents say nothing about ‘coffee machine’."
    assert answer.nearest[0].passage.document_id == "library"
    assert answer.sentences == ()


def test_what_is_off_topic_is_refused(town: World) -> None:
    for question in ("Who won the football world cup in 1998?", "김치찌개는 어떻게 끓이나요?"):
        answer = town.ask(question)
        assert answer.refused
        assert answer.reason_code == "off_topic"


def test_an_empty_store_is_refused(tmp_path) -> None:
    answer = World(tmp_path, []).ask("What does the gym cost?")
    assert (answer.refused, answer.reason_code) == (True, "no_passage")


def test_a_page_without_a_sentence_is_not_taken_for_no_page_at_all(tmp_path) -> None:
    pages = [
        page("gym", "## Gym fees\n\n## Gym hours", title="Gym"),
        page("pool", "It costs 3 euros.", since=date(2027, 1, 1)),
    ]
    world = World(tmp_path, pages)
    answer = world.ask("What are the gym fees?")
    assert answer.refused
    assert answer.nearest
    assert answer.reason_code == "not_in_documents"
    assert "no document that you may read" not in answer.text
    assert answer.notices == ()


def test_the_answer_is_that_of_the_day_that_is_asked_about(fees: World) -> None:
    assert "20 euros" in fees.ask("What is the gym fee?", date(2025, 6, 1)).text
    assert "25 euros" in fees.ask("What is the gym fee?", date(2026, 6, 1)).text
    assert "30 euros" in fees.ask("What is the gym fee?", date(2027, 6, 1)).text


def test_a_change_that_is_to_come_is_told(fees: World) -> None:
    notices = fees.ask("What is the gym fee?", TODAY).notices
    assert any("2027-03-01" in notice for notice in notices)
    assert fees.ask("What is the gym fee?", date(2027, 6, 1)).notices == ()


def test_a_reader_gets_no_word_from_a_document_that_is_not_theirs(fees: World) -> None:
    question = "What is the code of the safe?"
    assert "4711" in fees.ask(question, groups=["staff"]).text
    answer = fees.ask(question)
    assert answer.refused
    assert all("4711" not in hit.passage.text for hit in answer.nearest)


def test_a_page_that_was_taken_away_meanwhile_is_not_quoted(fees: World) -> None:
    answerer = fees.answerer()
    fees.store.delete("walk")
    answer = answerer.answer(Question("Where does the guided walk start?", TODAY))
    assert "fountain" not in answer.text


def test_a_refusal_shows_nothing_that_was_restricted_or_taken_away_while_it_was_written(fees: World) -> None:
    def restrict(_: object) -> str:
        fees.store.set_readers("walk", frozenset({"staff"}))
        fees.store.delete("fees")
        return "It starts at the fountain."

    found = fees.searcher.search("Where does the guided walk start?", as_of=TODAY)
    answer = fees.answerer(ScriptedChat(restrict)).answer_from(Question("Where does it start?", TODAY), found)
    assert answer.refused
    assert answer.nearest == ()


def test_a_document_that_is_deleted_between_search_and_reading_is_passed_over(fees: World) -> None:
    class Deleting:
        analyser, embedder, rarity = fees.searcher.analyser, fees.searcher.embedder, fees.searcher.rarity
        wording = fees.searcher.wording

        def search(self, *asked: Any, **options: Any) -> list[Hit]:
            found = fees.searcher.search(*asked, **options)
            fees.store.delete("walk")
            return found

    answer = Answerer(Deleting(), fees.store).answer(Question("Where does the guided walk start?", TODAY))
    assert "fountain" not in answer.text


def test_a_quote_in_another_language_is_announced(town: World) -> None:
    answer = town.ask("도서관에서 학부생은 책을 며칠 동안 빌릴 수 있나요?")
    assert "14 days" in answer.text
    assert any("다른 언어" in notice for notice in answer.notices)


def test_the_notice_of_whom_to_ask_comes_in_the_askers_language(town: World) -> None:
    answerer = town.answerer(binding_notice={"en": "Ask the desk.", "ko": "안내대에 문의하십시오."})
    assert "Ask the desk." in answerer.answer(Question("What does a monthly permit cost?", TODAY)).notices
    assert "안내대에 문의하십시오." in answerer.answer(Question("수영장은 몇 시에 여나요?", TODAY)).notices


def test_a_written_answer_that_a_quote_carries_is_shown_with_it(town: World) -> None:
    chat = ScriptedChat({"": "A monthly permit costs 35,000 won."})
    answer = town.ask("What does a monthly permit cost?", chat=chat)
    assert answer.model == "fake:scripted"
    assert answer.text == "A monthly permit costs 35,000 won."
    assert answer.sentences[0].evidence[0].quote == "A monthly permit costs 35,000 won for staff."
    assert answer.prompt_tokens is not None


def test_a_sentence_that_no_quote_carries_is_dropped(town: World) -> None:
    chat = ScriptedChat({"": "A monthly permit costs 35,000 won. It was introduced by the mayor."})
    assert town.ask("What does a monthly permit cost?", chat=chat).text == "A monthly permit costs 35,000 won."


def test_when_nothing_written_stands_the_documents_are_quoted(town: World) -> None:
    chat = ScriptedChat({"": "A monthly permit costs 99,000 won."})
    answer = town.ask("What does a monthly permit cost?", chat=chat)
    assert answer.model == "extractive"
    assert "35,000 won" in answer.text
    assert "99,000" not in answer.text


def test_a_true_sentence_that_does_not_answer_is_no_answer(town: World) -> None:
    chat = ScriptedChat({"": "On Sundays it stays closed."})
    answer = town.ask("How many books may an undergraduate borrow?", chat=chat)
    assert answer.model == "extractive"
    assert "Books: 8" in answer.text


def test_a_model_is_not_asked_in_a_language_that_it_does_not_read(town: World) -> None:
    chat = ScriptedChat({"": "no"}, languages=frozenset({"en"}))
    assert town.ask("수영장은 몇 시에 여나요?", chat=chat).model == "extractive"
    assert chat.calls == []


def test_a_model_is_not_asked_what_the_documents_do_not_answer(town: World) -> None:
    chat = ScriptedChat({"": "Paris."})
    assert town.ask("Who won the football world cup in 1998?", chat=chat).refused
    assert chat.calls == []


def test_a_model_that_fails_is_replaced_by_quotes_and_said_so(town: World) -> None:
    chat = ScriptedChat({"never": ""})
    answer = town.ask("What does a monthly permit cost?", chat=chat)
    assert "35,000 won" in answer.text
    assert any("fake:scripted" in notice for notice in answer.notices)


def test_the_time_of_each_step_is_told(town: World) -> None:
    chat = ScriptedChat({"": "A monthly permit costs 35,000 won."})
    timings = town.ask("What does a monthly permit cost?", chat=chat).timings_ms
    assert set(timings) == {"retrieve", "extract", "generate", "verify", "check", "relate", "total"}


def test_the_same_question_gets_the_same_answer(town: World) -> None:
    question = "What does a monthly permit cost?"
    assert town.ask(question).sentences == town.ask(question).sentences


def test_two_revisions_are_never_mixed_in_one_answer(tmp_path) -> None:
    old = page("rule", "Staff get 10 lockers. Guests get 2 lockers.", title="Lockers", since=date(2024, 1, 1))
    new = page("rule", "Staff get 12 lockers. Guests get 3 lockers.", title="Lockers", since=date(2026, 1, 1))
    answer = World(tmp_path, [old, new]).ask("How many lockers do staff and guests get?")
    assert {quote.revision_number for sentence in answer.sentences for quote in sentence.evidence} == {2}


def test_a_row_has_a_line_of_its_own(town: World) -> None:
    answer = town.ask("How long may undergraduates and graduate students keep books?")
    rows = [sentence.text for sentence in answer.sentences]
    assert len(rows) == 2
    assert answer.text == "\n".join(rows)
