"""Which clauses a stretch of a text refers to: “「근로기준법」 제60조제1항”, “별표 2”, “Section 4.2(b)”.

What is relative is made whole by the clause that it stands in and by the reference before it; a list such as
“제60조제1항 및 제3항” is as many references. Reads form only: whether a clause is there, `clauses` and the store tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from groundtune.knowledge.clauses import ANNEX

OwnClause = Callable[[int, int], str | None]
"""The clause that holds a stretch of the text, as `clauses.clauses_in` gives it."""


@dataclass(frozen=True, slots=True)
class Citation:
    """`text[start:end]` refers to a clause, outermost part first: ("제60조", "제1항"), ("Section 4.2", "(b)")."""

    start: int
    end: int
    clause: tuple[str, ...]
    document: str | None = None
    """The other document, as the text names it, be it by a short name such as “법”; `None` for the text's own."""


def citations(text: str, start: int, end: int, own: OwnClause) -> list[Citation]:
    """The references within `text[start:end]`, in order."""
    begin = max(text.rfind("\n", 0, start) + 1, start - _BEFORE)
    found = [*_korean(text, begin, end, own), *_english(text, begin, end, own)]
    return sorted((one for one in found if one.start >= start), key=lambda one: one.start)


def aliases(text: str) -> dict[str, str]:
    """The short names that a text gives to other documents: 「근로기준법」(이하 "법"이라 한다) gives it the name 법."""
    found: dict[str, str] = {}
    named = ""
    for match in _ALIAS.finditer(text):
        named = match["named"] or (f"{named} {match['of_same']}" if match["of_same"] and named else named)
        if match["alias"] and named:
            found.setdefault(re.sub(r"\s", "", match["alias"]), named)
    return found


def _korean(text: str, begin: int, end: int, own: OwnClause) -> Iterator[Citation]:
    before: Citation | None = None
    law: str | None = None
    """The document named last."""
    for match in _KOREAN.finditer(text, begin, end):
        if match.start() == match.end():
            continue
        found = (
            match["article"],
            match["paragraph"],
            match["item"] or match["annex_item"],
            match["letter"] or match["annex_letter"],
        )
        levels = tuple(re.sub(r"\s", "", level or "") for level in found)
        annex = match["annex"]
        if not (annex or any(levels) or match["same_part"] or match["previous"]):
            law = match["named"] or law
            continue
        stop = match.start() + len(match.group().rstrip())
        gap = text[before.end : match.start()] if before is not None else "."
        joined = bool(_JOIN.fullmatch(gap))
        document = _document(match, law)
        law = document or law
        clause: tuple[str, ...] | None = None
        if document == "" or text.endswith(_NOT_A_PART, 0, match.start()):
            pass
        elif annex or levels[0]:
            if document is None and not match["own"] and joined and before is not None:
                document = before.document
            clause = tuple(filter(None, (annex_name(annex) if annex else "", *levels)))
        elif match["same_annex"]:
            if before is not None and before.clause[0].startswith("별표"):
                clause, document = (before.clause[0], *filter(None, levels)), before.document
        else:
            same = match["same_part"]
            near = before if before is not None and (same or _inherits(before, levels, gap, joined)) else None
            context = near.clause if near is not None else _own_parts(own(match.start(), match.end()))
            document = near.document if near is not None else None
            clause = _previous(context, levels) if match["previous"] else _relative(context, levels, same)
        before = Citation(match.start(), stop, clause, document) if clause else None
        if before is not None:
            yield before


def _document(match: re.Match[str], law: str | None) -> str | None:
    """The other document of a reference, `None` for none, "" where it can't be told which."""
    if match["named"]:
        return " ".join(match["named"].split())
    if match["same"]:
        if law and match["kind"].startswith("법"):
            law = re.sub(r"\s?시행(?:령|규칙)$", "", law)
        return f"{law} {match['rank']}" if law and match["rank"] else law or ""
    bare: str | None = match["bare"]
    return " ".join(bare.split()) if bare else None


def _inherits(before: Citation, levels: tuple[str, ...], gap: str, joined: bool) -> bool:
    """Whether a part belongs to the clause before it: 제3항 in “제2조제1항 및 제3항”, not in “제2조 및 제3항”."""
    if _WITHIN.fullmatch(gap):
        return True
    depth = next((i for i, level in enumerate(levels) if level), 0)
    return joined and any(_depth(part) >= depth for part in before.clause)


def _relative(context: tuple[str, ...], levels: tuple[str, ...], same: str | None) -> tuple[str, ...] | None:
    """A reference that begins below the article, or with “같은 조”, made whole; `None` where nothing tells how."""
    depth = {"조": 1, "항": 2, "호": 3}[same] if same else next(i for i, level in enumerate(levels) if level)
    kept: list[str] = []
    for part in context:
        if _depth(part) < depth:
            kept.append(part)
    if not kept or (same and same != "조" and _depth(kept[-1]) != depth - 1):
        return None
    return (*kept, *filter(None, levels))


def _previous(context: tuple[str, ...], levels: tuple[str, ...]) -> tuple[str, ...] | None:
    """“전항 제2호” made whole."""
    own = re.fullmatch(r"제(\d+)항", context[1]) if len(context) > 1 else None
    if own is None or own[1] == "1":
        return None
    return (context[0], f"제{int(own[1]) - 1}항", *filter(None, levels))


def _depth(part: str) -> int:
    """0 for an article or annex, 1 for 항, 2 for 호, 3 for 목 and what is finer."""
    if part.startswith("제") and part.endswith("항"):
        return 1
    if re.fullmatch(r"제\d+호(?:의\d+)*", part):
        return 2
    return 3 if re.fullmatch(r"[가-힣]목(?:의\d+)?|\d+\)|[가-힣]\)", part) else 0


def _own_parts(clause: str | None) -> tuple[str, ...]:
    """“제60조 제1항” to its parts. What stands in a 부칙 or an annex is numbered anew, and is left alone."""
    if clause is None or not re.match(r"제\d+조", clause):
        return ()
    return tuple(clause.split(" "))


def annex_name(words: str) -> str:
    """“별표2”, “[별표 2]” and “별표 제2호” to the name that `clauses` gives: “별표 2”."""
    found = ANNEX.search(words)
    assert found is not None
    return " ".join(filter(None, (found[1], re.sub(r"\s", "", (found[2] or "") + (found[3] or "")))))


def _english(text: str, begin: int, end: int, own: OwnClause) -> Iterator[Citation]:
    for match in _SECTION.finditer(text, begin, end):
        document = _english_document(text, match, end)
        stop = match.end()
        yield Citation(match.start(), stop, _section(match["number"], match["parts"]), document)
        while more := _MORE.match(text, stop, end):
            yield Citation(more.start("number"), more.end(), _section(more["number"], more["parts"]), document)
            stop = more.end()
    for match in _PART.finditer(text, begin, end):
        clause = own(match.start(), match.end()) or ""
        section = re.match(r"\w+ (\d+(?:\.\d+)*)", clause)
        if section and clause.isascii():
            yield Citation(match.start(), match.end(), _section(section[1], match["parts"]))
    for match in _ENGLISH_ANNEX.finditer(text, begin, end):
        name = f"{match['kind'].capitalize()} {match['name']}"
        yield Citation(match.start(), match.end(), (name,), _english_document(text, match, end))


def _section(number: str, parts: str) -> tuple[str, ...]:
    return (f"Section {number}", *re.findall(r"\(\w+\)", parts))


def _english_document(text: str, match: re.Match[str], end: int) -> str | None:
    """ "of the Travel Policy" behind a reference, or "Travel Policy," before it; `None` for its own document."""
    behind = _OF.match(text, match.end(), end)
    if behind:
        return " ".join(behind["title"].split()) if behind["title"] else None
    ahead = _AHEAD.search(text, max(0, match.start() - 80), match.start())
    return " ".join(ahead["title"].split()) if ahead else None


SHORT = frozenset(("법", "법률", "영", "시행령", "시행규칙", "규칙", "규정", "령", "협약", "지침"))
"""Names that mean a document only where the text says which, or its own title does."""
_BEFORE = 1000
"""Characters before a stretch, in its line, in which the document may stand that “같은 법” means."""
_NUMBER = r"\d{1,4}"
_KINDS = r"법률|법|시행령|시행규칙|영|령|규칙|규정|협약|지침|내규|세칙|요령"
_ITEM = r"제\s?\d{1,3}\s?호(?:의\s?\d+)*(?!\s?서식)"
_LETTER = (
    r"(?<![가-힣]{2})[가나다라마바사아자차카타파하거너더러머버서어저처]목(?:의\d+)?"
    r"(?=[\s,ㆍ·]|[^가-힣]|에|의|과|및|부터|까지|은|을|이|$)"
)
_KOREAN = re.compile(
    rf"""
    (?:「(?P<named>[^」\n]{{1,80}})」(?:\s?\([^()\n]{{0,60}}\))?\s?
      |(?P<same>같은|(?<![가-힣])동)\s?(?P<kind>{_KINDS})(?:\s?(?P<rank>시행령|시행규칙))?\s?(?=제|별)
      |(?P<own>(?<![가-힣])(?:이|본|당))\s?(?:{_KINDS})\s?(?=제|별)
      |(?P<bare>(?<![가-힣])[가-힣ㆍ·]*(?:{_KINDS})(?:\s(?:시행령|시행규칙))?)\s?(?=제\s?\d+\s?조|별[표지])
    )?
    (?:
      (?:(?P<annex>별표(?:\s?(?:제\s?)?\d+(?:호)?(?:의\s?\d+)*)?|별지\s?제\s?\d+\s?호(?:의\s?\d+)*\s?서식)
        |(?P<same_annex>같은\s(?:별표|표)(?=\s제)))
       \s?(?P<annex_item>{_ITEM})?\s?(?P<annex_letter>{_LETTER})?
      |(?=제|같은|동[조항호]|전항|[가-하]목)
       (?P<article>제\s?{_NUMBER}\s?조(?:의\s?\d+(?!\s?[항호]))*)?(?:\s?\([^()\n]{{1,40}}\)(?=\s?제))?
       (?P<previous>(?<![가-힣])전항)?
       (?:(?:같은|(?<![가-힣])동)\s?(?P<same_part>[조항호])(?=[\s제,ㆍ·에의]))?\s?
       (?P<paragraph>제\s?{_NUMBER}\s?항)?\s?
       (?P<item>{_ITEM})?\s?(?P<letter>{_LETTER})?
    )?
    """,
    re.VERBOSE,
)
_JOIN = re.compile(
    r"(?:\s?(?:본문|단서|전단|후단|외의 부분|각\s?호(?:의 어느 하나)?|각\s?목|전체|에 따른|\([^()\n]{0,60}\)))*"
    r"\s?(?:까지)?\s?(?:,|、|ㆍ|·|및|또는|부터|내지|와|과|이나|나|~)\s?(?:및\s|또는\s)?"
)
"""What stands between the references of one list."""
_WITHIN = re.compile(r"\(|의 경우(?:에는)?\s")
"""What stands between a clause and a part of it: “제21조(제1항은 제외한다)”."""
_NOT_A_PART = ("부칙 ", "란 ", "란의 ")
"""Behind these a number counts something else than the articles and their parts."""
_ALIAS = re.compile(
    r"(?:「(?P<named>[^」\n]{1,80})」|(?:같은|동)\s?법(?:률)?\s?(?P<of_same>시행령|시행규칙))"
    r"(?:\s?\(이하\s?[\"“‘']\s?(?P<alias>[^\"”’']{1,30})[\"”’']\s?(?:이)?라)?"
)
_PARTS = r"(?P<parts>(?:\s?\((?:[a-z]|[ivx]{1,5}|\d{1,2})\))*)"
_SECTION = re.compile(
    rf"(?:\b(?:sections?|articles?|clauses?|sec\.|art\.)\s*|§+\s*)(?P<number>\d{{1,3}}(?:\.\d{{1,3}})*){_PARTS}(?![\w%])",
    re.IGNORECASE,
)
_MORE = re.compile(
    rf"\s?(?:,|,?\s?and|,?\s?or|to|–|-)\s?(?P<number>\d{{1,3}}(?:\.\d{{1,3}})*){_PARTS}(?=[\s,.;:)]|$)(?!\s\w+s\b)"
)
_PART = re.compile(r"\b(?:paragraph|point|item)s?\s?(?P<parts>(?:\((?:[a-z]|[ivx]{1,5}|\d{1,2})\))+)", re.IGNORECASE)
_ENGLISH_ANNEX = re.compile(r"\b(?P<kind>(?i:annex|appendix|schedule|exhibit))\s(?P<name>[A-Z]|\d{1,2}|[IVX]{1,4})\b")
_TITLE = r"[A-Z][\w&’'-]*(?:\s(?:[A-Z][\w&’'-]*|(?:of|and|for|on|to|the|in)(?=\s(?:(?:the|of)\s)?[A-Z])))*"
_OF = re.compile(rf"\s(?:of|in|to|under)\s(?:(?:this|these|our)\s\w+|(?:the\s)?[“\"*]{{0,2}}(?P<title>{_TITLE}))")
_AHEAD = re.compile(rf"(?:\b[Tt]he\s|[“\"]|\b)(?P<title>[A-Z][\w&’'-]*\s{_TITLE})[”\"*]{{0,2}}(?:,|’s|'s)?\s\(?$")
