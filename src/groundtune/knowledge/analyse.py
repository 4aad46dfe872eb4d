"""Text to lexical terms: content morphemes and Hangul bigrams for Korean, stems for English, numbers as they are read.

The same function analyses passages and questions, so its name and version are part of an index's format. It knows
nothing of weights, statistics or ranking.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from groundtune.errors import MissingExtra, UsageError
from groundtune.i18n import t

VERSION = 1
"""Raised whenever the same text would give other terms: documents must then be analysed anew."""

_UNIT = re.compile(
    r"제\d+(?:조|항|호|편|장|절|관)(?:의\d+)*"  # 제43조의2 is one name and never 제43조
    r"|\d+(?:[.,]\d+)*"
    r"|[가-힣]+"
    r"|[^\W\d_가-힣]+(?:['’][^\W\d_]+)?"
)
_HANGUL = re.compile(r"[가-힣]")
_NAMED = re.compile(r"[「『]([^「」『』\n]{2,80})[」』]")
_SIGNS = re.compile(r"[\W_]")
_CONTENT = frozenset({"NNG", "NNP", "NR", "NP", "XR", "VV", "VA", "MAG", "SH"})
"""Tags, common to Kiwi and to ko-dic, of the morphemes that carry meaning; particles and endings don't."""

_FUNCTION_WORDS = (
    "a an and are as at be but by can could do does did for from had has have how i if in into is it its me my of on "
    "or our should so than that the their them then there they this to was we were what when where which who why will "
    "with would you your about any am no not"
)
_FUNCTION_WEIGHT = 0.25

Morphemes = Callable[[str], Iterator[str]]
"""A text to its content morphemes, in order."""
Tagged = Callable[[str], list[tuple[str, str]]]
"""A text to all its morphemes as they are written, each with its tag, or its tags joined by "+"."""


class Analyser:
    """`name` names the analyser with its versions. Safe to share between threads; cheap to call, dear to open."""

    def __init__(self, name: str, morphemes: Morphemes | None, tagged: Tagged | None = None) -> None:
        self.name = f"{name}/{VERSION}"
        self._morphemes = morphemes
        self._tagged = tagged

    def tagged(self, text: str) -> list[tuple[str, str]]:
        """The text's morphemes with their tags; none where the analyser gives none."""
        return [] if self._tagged is None else self._tagged(text)

    def tokens(self, text: str, language: str | None = None) -> tuple[str, ...]:
        """The terms of `text`, duplicates kept: units in order of reading, morphemes, then documents named in 「」.

        `language` is not needed: script tells Korean from English within one text. Bigrams are marked with a leading
        "_", so that a two-syllable noun and the bigram that looks like it are counted apart.
        """
        text = unicodedata.normalize("NFKC", text).lower()
        terms: list[str] = []
        for match in _UNIT.finditer(text):
            unit = match.group()
            if "가" <= unit[0] <= "힣" and not any(letter.isdigit() for letter in unit):
                terms.extend(_bigrams(unit))
            elif unit[0].isdigit():
                terms.append(unit.replace(",", ""))
            elif unit[0] == "제":
                terms.append(unit)
            else:
                terms.append(_stem(unit))
        if self._morphemes is not None and _HANGUL.search(text):
            terms.extend(self._morphemes(text))
        terms.extend(reference_term(name) for name in _NAMED.findall(text))
        return tuple(terms)


@lru_cache(maxsize=1)
def question_weights() -> dict[str, float]:
    """Terms of a question that weigh less than others: English words that say how it is asked, not about what."""
    return {_stem(word): _FUNCTION_WEIGHT for word in _FUNCTION_WORDS.split()}


def reference_term(title: str) -> str:
    """The term of a passage that names a document: 「근로기준법」, however it is spaced."""
    return f"「{squeeze(title)}」"


def squeeze(text: str) -> str:
    """Letters and digits alone, in one case: what is left of a name however it is spaced and punctuated."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", text).lower())


def open_analyser(name: str) -> Analyser:
    """ "bigram" needs nothing; "lindera" and "kiwi" analyse morphemes besides; "auto" takes lindera where it is there.

    Raises MissingExtra when the named one is not installed, UsageError when there is none of that name.
    """
    if name == "bigram":
        return Analyser("bigram", None)
    if name == "lindera":
        return _open_lindera()
    if name == "kiwi":
        return _open_kiwi()
    if name == "auto":
        try:
            return _open_lindera()
        except MissingExtra:
            return Analyser("bigram", None)
    raise UsageError(t("There is no analyser named “{name}”. Known: auto, bigram, lindera, kiwi.", name=name))


def _bigrams(run: str) -> Iterator[str]:
    if len(run) == 1:
        yield f"_{run}"
    for i in range(len(run) - 1):
        yield f"_{run[i : i + 2]}"


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    word = word.replace("’", "'").removesuffix("'s")
    if not word.isascii():
        return word
    return str(_stemmer().stemWord(word))


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


def _open_lindera() -> Analyser:
    try:
        import lindera
    except ImportError as error:
        raise MissingExtra("lindera-python-ko-dic", "korean") from error
    tokenizer = lindera.Tokenizer(lindera.load_dictionary("embedded://ko-dic"), mode="normal")

    def morphemes(text: str) -> Iterator[str]:
        for token in tokenizer.tokenize(text):
            details = token.details
            tag = details[0]
            if tag in _CONTENT and _HANGUL.search(token.surface):
                yield token.surface
            if len(details) > 7 and details[4] in ("Compound", "Inflect"):
                for part in details[7].split("+"):
                    form, _, rest = part.partition("/")
                    if rest.partition("/")[0] in _CONTENT and form != token.surface:
                        yield form

    def tagged(text: str) -> list[tuple[str, str]]:
        return [(token.surface, token.details[0]) for token in tokenizer.tokenize(text)]

    return Analyser(f"lindera-{lindera.version()}+bigram", morphemes, tagged)


def _open_kiwi() -> Analyser:
    try:
        import kiwipiepy
    except ImportError as error:
        raise MissingExtra("kiwipiepy", "kiwi") from error
    kiwi = kiwipiepy.Kiwi()

    def morphemes(text: str) -> Iterator[str]:
        for token in kiwi.tokenize(text):
            if token.tag.partition("-")[0] in _CONTENT and _HANGUL.search(token.form):
                yield token.form

    return Analyser(f"kiwi-{kiwipiepy.__version__}+bigram", morphemes)
