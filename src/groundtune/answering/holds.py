"""Whether some words hold a thing of the kind that a question asks for: a length for "며칠", a day or a deadline for
"when", an office or a name for "who". Rules over form, Korean and English; knows neither documents nor models.
"""

from __future__ import annotations

import re

from groundtune.answering.asked import Asked

_NUMERAL = (
    r"(?:\d[\d,.]*\s?(?:[십백천만억]+)?|[한두세네](?=\s)|다섯|여섯|일곱|여덟|아홉|열|스무|하루|이틀|사흘|나흘|닷새|보름"
    r"|절반|반(?=[\s을의])|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|fifteen|sixteen|eighteen|twenty|thirty"
    r"|forty|fifty|sixty|ninety|once|twice|half)\b)"
)
_NUMBER = rf"(?:{_NUMERAL}|[한두세네]|반|\ban?\b)"
_LENGTH = r"(?:일|개월|달|주|년|시간|분|밤|박|학기|days?|weeks?|months?|years?|hours?|minutes?|nights?|terms?)"
_DEADLINE = re.compile(
    _NUMBER
    + r"[\s-]?(?:\w+ )?"
    + _LENGTH
    + r"\s?(?:전|안에|이내|내에|뒤|후|만에|before\b|after\b|ahead\b|beforehand\b|in advance|from\b|later\b|early\b)"
    r"|\bwithin (?:the (?:first|last) )?" + _NUMBER + r"[\s-]?(?:\w+ )?" + _LENGTH,
    re.IGNORECASE,
)
"""A length that says by when, not how long."""
_DIGIT = re.compile(r"\d")
_NOTICE = re.compile(r"\bnotice\b|\buntil\b|\bby\b|예고|통보|까지", re.IGNORECASE)
"""What makes a length a deadline from afar."""
_HOLDS = {
    "duration": re.compile(
        _NUMBER + r"[\s-]?(?:\w+ )?" + _LENGTH + r"|하루|이틀|사흘|보름|immediately|즉시", re.IGNORECASE
    ),
    "time": re.compile(
        _DEADLINE.pattern + r"|\d\s?(?:월|시(?!간)|년)|\d\s?일\s?(?:까지|부터|에|전|안에|이내|이전|이후|째|자|로|~)"
        r"|\d:\d\d|\b(?:january|february|march|april|may|june|july|august|september|october"
        r"|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday)s?\b|[월화수목금토일]요일|매[월년주일달]"
        r"|\b(?:before|after|until|daily|weekly|monthly|yearly|annually|once|twice|noon|midnight|at once|immediately)\b"
        r"|\bby (?:the|\d|noon|end)\b|\b(?:every|each|once a|a) (?:\w+ )?(?:day|week|month|quarter|year|term)s?\b"
        r"|까지|이내|안에|이후|이전|전에|부터|마다|즉시|바로|첫날|말일|당일|다음 ?날|전날|정오|자정"
        r"|\d(?:st|nd|rd|th)\b|\bday\b",
        re.IGNORECASE,
    ),
    "money": re.compile(
        r"\d\s?(?:[십백천만억]+\s?)?(?:원|달러|불|유로|엔|위안|파운드|퍼센트|%|배)|[₩$€£¥]\s?\d"
        r"|\d\s?(?:won|dollars?|euros?|pounds?|yen|yuan|usd|eur|krw|sgd|gbp|jpy|cny|per ?cent|%)"
        r"|\b(?:won|USD|EUR|KRW|SGD|GBP|JPY|CNY)\s?\d|무료|\bfree\b|전액|절반|\bhalf\b"
        r"|\b(?:full|fully|no charge|nothing)\b",
        re.IGNORECASE,
    ),
    "count": re.compile(_NUMERAL, re.IGNORECASE),
    "person": re.compile(
        r"[가-힣](?:팀|부|실|처|과|원회|위원|본부|센터|장|관|사|원|자|님|대표|매니저|창구|조수|교수)"
        r"(?:[은는이가을를에의로]|에서|에게|과|와|\W|$)|\(내선"
        r"|\b(?:[A-Z][a-z]+ [A-Z][a-z]+|teams?|department|office|manager|officer|committee|director|dean|head|lead"
        r"|leader|president|chair|board|desk|supervisor|administrator|everyone|anyone|everybody|anybody|partner|specialist"
        r"|representative|assistant|secretary|nurse|doctor|physician|engineer|technician|clerk|captain|master|mate|crew"
        r"|counsellor|adviser|advisor|coordinator|warden|guard|reception|librarian|mentor|tutor|staff|[Ss]tudents?)\b"
    ),
    "place": re.compile(
        r"[가-힣](?:실|층|관|동|센터|앱|시스템|포털|사이트|페이지|메뉴|팀|부|처|대|지|역|시|구|군|도|국|원|장)"
        r"(?:[은는이가을를에의로]|에서|에게|\W|$)"
        r"|@|https?:|\b(?:at|in|on|to|from|via)\s(?:the\s)?[A-Za-z]",
    ),
}


def holds(asked: Asked, words: str) -> bool | None:
    """Whether `words` hold a thing of the kind that was asked for; `None` where form can't tell."""
    if asked.kind == "duration" and asked.about_deadline:
        return _holds_deadline(asked, words)
    if asked.kind == "duration":
        words = _DEADLINE.sub(" ", words)
    if asked.kind == "thing":
        return _states_amount(words)
    if asked.unit is not None:
        return bool(re.search(_NUMBER + r"\s?" + asked.unit, words, re.IGNORECASE))
    pattern = _HOLDS.get(asked.kind)
    return None if pattern is None else bool(pattern.search(words))


def _states_amount(words: str) -> bool | None:
    """Who names a thing and asks nothing of it wants to know how much of it there is before by when to apply: False for
    an amount that is a deadline only, `None` without any."""
    if not _DIGIT.search(words):
        return None
    return bool(_DIGIT.search(_DEADLINE.sub(" ", words)))


def _holds_deadline(asked: Asked, words: str) -> bool | None:
    """A length that is no deadline by itself may still be one: then form can't tell."""
    length = _HOLDS["duration"] if asked.unit is None else re.compile(_NUMBER + r"\s?" + asked.unit, re.IGNORECASE)
    if not length.search(words):
        return False
    return True if _DEADLINE.search(words) or _NOTICE.search(words) else None
