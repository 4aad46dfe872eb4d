"""What a question asks for: its language, its content words, and the kind of thing that would answer it ("며칠", "who",
"how much"). Rules over form, Korean and English; what holds such a thing, `holds` says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

KINDS = ("duration", "time", "money", "count", "person", "place", "means", "reason", "whether", "thing")
"""How long, when, how much, how many, who, where, how, why, yes or no, and anything else."""


@dataclass(frozen=True)
class Asked:
    """A question, read."""

    text: str
    language: str
    kind: str
    """One of KINDS."""
    unit: str | None
    """The unit that "몇 시간" or "how many weeks" names, as a pattern that finds it behind a number."""

    @property
    def about_deadline(self) -> bool:
        """Whether it asks until when, how soon or how long before, and not for how long."""
        return bool(_ASKS_DEADLINE.search(self.text))

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words that carry meaning, as they stand in the question, each once."""
        found: dict[str, None] = {}
        for match in _WORD.finditer(self.text):
            word = match.group().strip("'’-")
            if word and not _EMPTY.fullmatch(word):
                found.setdefault(word)
        return tuple(found)


def read_question(text: str, language: str | None = None) -> Asked:
    """What fits no rule asks for a thing. In English the first question word decides, in Korean the clearest."""
    language = language or language_of(text)
    found = [(kind, match) for kind, pattern in _RULES[language == "ko"] if (match := pattern.search(text))]
    if not found:
        by_noun = (kind for kind, pattern in _NOUNS[language == "ko"] if pattern.search(text))
        return Asked(text, language, next(by_noun, "thing"), None)
    kind, match = found[0] if language == "ko" else min(found, key=lambda rule: rule[1].start())
    named = match.groupdict().get("unit")
    if named:
        return Asked(text, language, *_counted(named))
    return Asked(text, language, kind, None)


def language_of(text: str) -> str:
    """ "ko" where at least a fifth of the letters is Hangul, single consonants and vowels included, else "en"."""
    hangul = sum("가" <= letter <= "힣" or "ㄱ" <= letter <= "ㅣ" for letter in text)
    letters = sum(letter.isalpha() for letter in text)
    return "ko" if hangul * 5 >= max(letters, 1) else "en"


def _counted(named: str) -> tuple[str, str | None]:
    """The kind and pattern of a counted unit, as the question names it."""
    for kind, question, pattern in _UNITS:
        if re.fullmatch(question, named, re.IGNORECASE):
            return kind, pattern
    return "count", None


_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_가-힣]+)*(?:[.,]\d+)*%?")
_EMPTY = re.compile(
    r"(?:a|an|the|of|to|in|on|at|for|by|with|from|as|and|or|but|if|then|than|that|this|these|those|there|here|it|its|is"
    r"|are|was|were|be|been|being|am|do|does|did|done|have|has|had|having|can|could|may|might|must|shall|should|will"
    r"|would|i|i'm|i’m|i've|i’ve|i'd|i'll|me|my|mine|myself|we|us|our|ours|you|your|yours|he|she|they|them|their|who"
    r"|whom|whose|what|what's|which|when|where|why|how|much|many|long|often|far|soon|any|some|all|get|gets|got|take"
    r"|takes|give|given|go|make|need|want|about|per|each|every|more|most|not|no|so|too|also|please|tell|know"
    r"|(?:do|does|did|is|are|was|were|have|has|had|ca|can|could|wo|would|should|must|need)n?['’]t"
    r"|happen|happens|one|someone|anyone|there's|up|out|into|able|allowed|possible|still|just|only|other|another|let"
    r"|얼마|얼마나|얼마예요|얼마인가요|얼마죠|얼마를|얼마까지|얼마입니까|얼마이며|언제|언제까지|언제부터|언제죠|언제예요|언제인가요"
    r"|며칠|며칠을|며칠이나|며칠인가요|며칠까지|며칠에|며칠간|며칠이에요|몇|몇일|어떻게|어떤|어느|어디|어디에|어디서|어디로|어디에서|어디인가요"
    r"|누가|누구|누구에게|누구인가요|누구예요|누구한테|무엇|무엇을|무엇인가요|무엇이|뭐|뭐예요|뭔가요|왜|무슨|혹시"
    r"|나요|까요|인가요|하나요|한가요|되나요|됩니까|됩니다|되죠|될까요|돼요|되는지|되는|되면|하면|하려면|하는지|합니까|할까요|해야|해요|하는|해도|할"
    r"|있나요|있습니까|있어요|있을까요|있는지|있는|있죠|없나요|없는|수|것|건가요|건|때|경우|경우에|경우에는|주세요|알려|알려주세요"
    r"|싶어요|싶은데|싶은데요|싶습니다|제|제가|저는|저|저도|나|내|내가|우리|좀|및|또는|그|이|등|때는|대해|대한|관련|관한|따라|위해"
    r"|(?:임?직원|사원|회사|사내)(?:들?(?:은|는|이|가|을|를|의|에|에서|에서는|도|에게)?)"
    r"|compan(?:y|ies)|company's|employees?|employee's|staff|workers?"
    r"|하나|하고|하며|합니다|한|가능한가요|가능해요|가능합니까)",
    re.IGNORECASE,
)
_KOREAN = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("time", r"언제|며칠까지|며칠에|며칠날|몇 ?월|몇 ?시(?!간)|기한|시기|마감|무슨 요일|몇 ?일까지|얼마나 자주"),
        (
            "duration",
            r"며칠|얼마 ?동안|얼마나 (?:오래|걸)|얼마 ?만에|얼마 (?:안에|전)|기간(?:은|이|을)?|일찍|빨리|미리 얼마",
        ),
        (
            "count",
            (
                r"몇 ?(?P<unit>[가-힣A-Za-z%]{1,4}?)"
                r"(?=[을를이가은는에의도로]|까지|부터|정도|이나|인|입|간격|동안|마다|만에|전|안에|\s|[?.]|$)"
            ),
        ),
        ("money", r"얼마|금액|비용|요금|한도|가격|몇 ?퍼센트|비율"),
        ("person", r"누가|누구|담당자|어느 (?:부서|팀)|누굴"),
        ("place", r"어디"),
        ("reason", r"왜|이유"),
        ("means", r"어떻게|방법|절차|어떤 (?:서류|단계)|무엇을 (?:내|제출|준비)"),
        ("whether", r"(?:나요|까요|까|가요|은지|는지|되요|돼요|어요|아요|죠|은가|는가)\s*[?.]?\s*$"),
    )
)
_ENGLISH = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (
            "duration",
            (
                r"\bhow (?:long|soon|fast|early|far (?:ahead|in advance)|quickly|much (?:time|notice))\b"
                r"|\bfor what period\b|\bnotice period\b"
            ),
        ),
        (
            "time",
            (
                r"\bwhen\b|\b(?:what|which) (?:date|day|weekday|time|month|year)s?\b|\bdeadline|\buntil when\b"
                r"|\bby when\b|\bhow often\b"
            ),
        ),
        (
            "count",
            (
                r"\b(?:how many|what (?:number|percentage) of) "
                r"(?:(?:more|extra|paid|full|calendar|consecutive) )?(?P<unit>[a-z%]+)"
            ),
        ),
        (
            "money",
            r"\bhow much\b|\bwhat\b.{0,30}\b(?:costs?|price|fee|rent|fine|amount|limit|allowance|budget|rate)\b",
        ),
        (
            "person",
            (
                r"(?:^|[,.:;?!]\s*|\b(?:and|or|but|to|with|from|by|ask|tell|know|of|about|so|then)\s+)who(?:m|se)?\b"
                r"|\bwhom\b|\bwhich (?:team|department|person)\b"
            ),
        ),
        ("place", r"\bwhere\b"),
        ("reason", r"\bwhy\b"),
        ("means", r"\bhow (?:do|does|can|should|must|to|is|are)\b|\bwhat (?:do i do|steps|documents)\b"),
        (
            "whether",
            r"^\W*(?:(?:if|when|as|after|before)\b[^,]*,\s*)?(?:is|are|do|does|did|can|could|may|must|should|will|would|am|has|have)\b",
        ),
    )
)
_RULES = (_ENGLISH, _KOREAN)
_NOUNS = (
    tuple(
        (kind, re.compile(pattern, re.IGNORECASE))
        for kind, pattern in (
            ("time", r"\b(?:deadline|cut-?off|due|expir\w+|(?:which|what) (?:week)?day|timing|schedule)\b"),
            ("duration", r"\b(?:duration|length|lead time|notice|valid(?:ity)?|how fast|waiting time)\b"),
            (
                "count",
                (
                    r"\b(?:limits?|caps?|ceiling|max(?:imum)?|min(?:imum)?|budget|grant|allowance|bonus|reward|fees?|fares?"
                    r"|costs?|price|rate|share|percentage|amount|top-up|size|number|total|entitlement|quota|refunded"
                    r"|at (?:most|least)|biggest|highest|lowest|how (?:old|big|high|large|expensive|thick|heavy|far))\b"
                ),
            ),
        )
    ),
    tuple(
        (kind, re.compile(pattern))
        for kind, pattern in (
            ("time", r"날짜|일정|만료"),
            ("duration", r"일수|동안|기간"),
            ("count", r"액수|상한|하한|최대|최소|횟수|개수|인원|수준|수당|지원금|정도"),
        )
    ),
)
"""What asks by a noun alone, "limit for taxis", where no question word says it."""
_UNITS = (
    # kind, how a question names the unit, what must stand behind a number
    ("duration", r"일|날|days?|working", r"(?:일|박|days?|working days|business days|영업일)"),
    ("duration", r"시간|hours?", r"(?:시간|hours?)"),
    ("duration", r"분|minutes?", r"(?:분|minutes?)"),
    ("duration", r"주|주일|weeks?", r"(?:주|weeks?)"),
    ("duration", r"달|개월|months?", r"(?:개월|달|months?)"),
    ("duration", r"년|해|years?", r"(?:년|years?)"),
    ("money", r"퍼센트|프로|%|percent|percentage", r"(?:퍼센트|%|per ?cent)"),
    ("money", r"원|만원|만|won|dollars?|euros?", r"(?:[만천백]? ?원|won|dollars?|euros?|USD|EUR|KRW)"),
    ("count", r"명|분|사람|people|persons?", r"(?:명|분|사람|인|people|persons?|members?|\w+)"),
    ("count", r"번|회|차례|times", r"(?:번|회|차례|times)"),
    ("count", r"살|세", r"(?:세|살)"),
    ("count", r"권|books?", r"(?:권|books?)?"),
    ("duration", r"박|nights?", r"(?:박|밤|nights?)"),
)
_ASKS_DEADLINE = re.compile(
    r"전에|안에|이내|만에|까지|기한|늦어도|일찍|빨리|미리|\bhow (?:soon|quickly|fast|early|far)\b|\bin advance\b"
    r"|\bnotice\b|\bahead\b|\bbefore\b|\bwithin\b|\bafter\b|\bdeadline|\buntil\b",
    re.IGNORECASE,
)
