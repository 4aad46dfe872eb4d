"""A Korean sentence to a question: the value gives way to what asks for it, and the ending becomes a question's.

Korean asks in place, so that the rest of the sentence stays as it is and stays grammatical. Only endings that are
surely turned are turned; any other sentence is left alone.
"""

from __future__ import annotations

import re

from groundtune.drafting.values import Value

LONGEST = 90
"""Characters of a sentence that a question is made from."""
_LEANS = re.compile(
    r"(?:[QA][.:]|[문답질][.:]|[※☞▶→*]|이 경우|그 경우|이때|이 때|그때|다만|단,|단 |그러나|또한|그리고|이후|이와"
    r"|그 |이는|이를|이것|그것|위 |아래|전항|본 항|해당|따라서|그래서|예를 들|즉|반면|한편|여기|거기|같은 )"
)
"""A sentence that begins so says little by itself."""
_POINTS_ELSEWHERE = re.compile(
    r"다만|.[”\"’']이?란 |다음 ?각|각 ?호|제\d+[조항호]|별표|별지|다음과 같|아래와 같|다음 표|위의 표|\||https?:"
)
_NO_VERB = re.compile(r"(?:신|보|광|창|사|재|경|권|공|최|참|상|항|통|해|예|원|피|냉장|금|서|하)고|그리고|[고며]")
"""Words that look like a verb's stem with what joins clauses, and aren't."""
_NAMES_SOMETHING = re.compile(r"(?<![\d가-힣])[가-힣A-Za-z)]+(?:은|는|이|가|을|를|에서|에게|면|의)(?=[\s,])")
"""Something beside the amount that the sentence speaks of."""
_CLAUSE = re.compile(r"(?<![가-힣])([가-힣]+?)(으며|이며|며|이고|고|지만|으나),?\s(?!있|싶|나서|도\b)")
_LIKE_ADJECTIVES = re.compile(r"(필요|가능|불가|불가능|동일|상이|무효|유효|적합|충분)(?:하다|합니다)$")
_TITLE_WORDS = re.compile(
    r"\s?(?:이용 ?)?(?:안내서?|규정|지침|기준|규칙|세칙|매뉴얼|가이드|운영 ?요령|요령|방침|내규|편람|핸드북)$"
)
_NOUN_PHRASE = re.compile(r"[가-힣A-Za-z0-9][가-힣A-Za-z0-9 ,·()/&‘’“”\-]{0,28}[가-힣A-Za-z0-9)]")
_NO_NOUN = re.compile(
    r"(?:[다요까죠음함됨]|하는|[을를]|(?:으|하|되)면|필요한|가능한|할|될|된)$|\d"
    r"|^(?:기타|개요|목적|총칙|부칙|일반|참고|질문|정의|안내|소개)$"
)


def question(words: str, value: Value) -> str | None:
    """The question that `value` answers, made from its sentence; `None` where that can't be done surely."""
    words = words.strip()
    if len(words) > LONGEST or _LEANS.match(words) or _POINTS_ELSEWHERE.search(words):
        return None
    after = _clause_with(words, value)
    if after is None or re.search(r"거나[,\s]", after):
        return None
    before = words[: value.start]
    if not _NAMES_SOMETHING.search(before + " " + after):
        return None
    if value.ask == "얼마":
        after = with_particle_of("얼마", value.text, after)
    return _polished(before + value.ask + after)


def _clause_with(words: str, value: Value) -> str | None:
    """What follows the value up to the end of its clause, ending as a question does."""
    rest = words[value.end :]
    if re.match(r"(?:이며|이고|이지만|이나),?\s", rest):
        return "인가요?"
    for match in _CLAUSE.finditer(" " + rest):
        stem, ending = match[1], match[2]
        if _NO_VERB.fullmatch(stem + ending):
            continue
        if ending in ("이며", "이고"):
            return rest[: match.start(2) - 1] + "인가요?"
        asked = _asked_stem(stem, ending)
        return None if asked is None else rest[: match.start(1) - 1] + asked
    return ending_asked(rest)


def _asked_stem(stem: str, ending: str) -> str | None:
    """A verb's stem before -고, -며 … as a question: 열 → 여나요?, 받 → 받나요?"""
    if ending == "지만" or ending == "이며":
        return None
    if ending == "며" and stem.endswith("으"):
        stem = stem[:-1]
    if _final(stem[-1]) == _L:
        stem = stem[:-1] + _without_final(stem[-1])
    if _final(stem[-1]) == _N:
        return None
    return f"{stem}나요?"


def ending_asked(rest: str) -> str | None:
    """The end of a sentence, turned into a question's; `None` for an ending that isn't known."""
    rest = rest.rstrip().rstrip(".").rstrip()
    likely = _LIKE_ADJECTIVES.search(rest)
    if likely:
        return f"{rest[: likely.end(1)]}한가요?"
    if rest.endswith("니다"):
        return f"{rest[:-1]}까?"
    if rest.endswith("요") and len(rest) > 1:
        return f"{rest}?"
    if re.search(r"(?:^|\s|[가-힣])(?:가능|필요|불가)$", rest):
        return f"{rest}한가요?"
    if not rest.endswith("다") or len(rest) < 2:
        return None
    return _plain_asked(rest[:-1])


def _plain_asked(stem: str) -> str | None:
    """What stands before the -다 of written style: 신청한 → 신청하나요?, 받는 → 받나요?, 15일이 → 15일인가요?"""
    last = stem[-1]
    if stem.endswith("이") and (
        len(stem) == 1 or not re.search(r"(?:보|쓰|모|들|높|줄|속|먹|죽|붙|녹|섞|쌓|놓|꺾|움직|기울|줄|늘)이$", stem)
    ):
        return f"{stem[:-1]}인가요?"
    if stem.endswith("는"):
        return f"{stem[:-1]}나요?"
    if not "가" <= last <= "힣":
        return None
    final = _final(last)
    if final == _N:
        return f"{stem[:-1]}{_without_final(last)}나요?"
    if final == _SS or stem.endswith("없"):
        return f"{stem}나요?"
    if stem.endswith("같"):
        return f"{stem}은가요?"
    return None


def with_particle_of(word: str, replaced: str, rest: str) -> str:
    """`rest` begins with a particle that fitted `replaced`; the same with the particle that fits `word`."""
    for pair in (
        ("을", "를"),
        ("은", "는"),
        ("이", "가"),
        ("과", "와"),
        ("으로", "로"),
        ("이나", "나"),
        ("이며", "며"),
    ):
        for particle in pair:
            if re.match(rf"{particle}(?=[\s,]|$)", rest) and not rest.startswith("이다"):
                return particled(word, pair)[len(word) :] + rest[len(particle) :]
    return rest


def particled(word: str, pair: tuple[str, str]) -> str:
    """The word with the particle of the two that fits its last sound: 기간 + (은, 는) → 기간은."""
    after_consonant, after_vowel = pair
    final = _sound(word)
    if pair == ("으로", "로") and final == _L:
        return word + after_vowel
    return word + (after_consonant if final else after_vowel)


def topic_of(heading: str) -> str | None:
    """A heading or title as a noun phrase that a question may begin with; `None` for one that is none."""
    plain = re.sub(r"^(?:제\d+[편장절관조](?:의\d+)?\s*[(.]?|\d+(?:\.\d+)*[.)]?\s*|[가-하]\.\s*)", "", heading).strip(
        " ).("
    )
    plain = _TITLE_WORDS.sub("", plain).strip() or plain
    if not _NOUN_PHRASE.fullmatch(plain) or _NO_NOUN.search(plain) or plain.count("(") != plain.count(")"):
        return None
    return plain


def _polished(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


_L, _N, _SS = 8, 4, 20
"""Final consonants ㄹ, ㄴ and ㅆ, as Unicode counts them."""
_DIGIT_FINALS = {"0": 21, "1": 8, "2": 0, "3": 16, "4": 0, "5": 0, "6": 1, "7": 8, "8": 8, "9": 0}
_LETTER_FINALS = {"l": 8, "m": 16, "n": 4, "r": 8}


def _sound(word: str) -> int:
    """The final consonant of a word's last sound, 0 for none; brackets aren't spoken."""
    word = re.sub(r"\([^()]*\)$", "", word).rstrip("’”\"'」』 ") or word
    last = word[-1].lower()
    if "가" <= last <= "힣":
        return _final(last)
    return _DIGIT_FINALS.get(last, _LETTER_FINALS.get(last, 0))


def _final(syllable: str) -> int:
    return (ord(syllable) - 0xAC00) % 28 if "가" <= syllable <= "힣" else 0


def _without_final(syllable: str) -> str:
    return chr(ord(syllable) - _final(syllable))
