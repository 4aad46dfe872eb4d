"""The steps that ablation.py tries, each alone on top of plain search: those that were kept and those that were not.

Plain search is both legs, their standard scores mixed and the order by documents, as it was before any step here. What
was left out of the product lives here alone, so that it can be tried again. Measures nothing itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from groundtune.knowledge.analyse import question_weights
from groundtune.knowledge.index import Legs
from groundtune.knowledge.load import detect_language
from groundtune.knowledge.search import TODAY, Searcher, _Candidate, _candidates
from groundtune.knowledge.wording import Seen, worded
from groundtune.types import EVERYBODY, Hit, Reader

PLAIN_WEIGHT = {"ko": 0.4, "en": 0.25}
_FUNCTION_WORDS_BEFORE = 0.5
_DEPTH = 200
_KOREAN_QUESTION = """
안녕하세요 안녕하십니까 궁금합니다 궁금해요 문의드립니다 문의 질문드립니다 질문 답변 부탁드립니다 부탁드려요
감사합니다 고맙습니다 수고하십니다 수고하세요 알려주세요 알고싶습니다 여쭤봅니다 어떻게 어떤 무엇 무슨 뭔가요
언제 어디 누구 얼마 얼마나 며칠 되나요 되는지 하나요 하는지 할까요 있나요 있는지 있을까요 있습니다 없나요
인가요 합니다 입니다 습니다 됩니다 니다 나요 까요 가요 는지 는데 경우 대해 대해서 대한 관련 관하여 제가
저는 저희 그리고 그런데 그래서 만약 혹시 가능한가요 가능할까요 가능한지 주세요 싶습니다 맞나요
"""
_ASKING_EN = re.compile(
    r"^(so |and |but )?(how (do|can|should|does|long|much|many) ?(i|we|you|my|it|the)?|what (is|are|if|happens|should|"
    r"do|does)( the| my| a| i)?|when (do|should|can|will) (i|we)|where (do|can|is) ?(i|we|the)?|can i|do i|should i|is "
    r"there( an| a)?|are there|who (do|should|can|is) ?(i)?|why (do|is|are)( we)?|am i|will i)\b",
    re.IGNORECASE,
)
_ASKING_KO = re.compile(r"(나요|까요|는지요|가요|습니까|입니까|됩니까|합니까|는지)\s*\??")
_POLITE = re.compile(
    r"(안녕하세요|안녕하십니까|감사합니다|수고하세요|답변\s*부탁드립니다|부탁드립니다|부탁드려요|궁금합니다|궁금해요|알려주세요"
    r"|알고\s*싶습니다|문의드립니다|질문드립니다)[.!~]*"
)


def statement(text: str) -> str:
    """A question as a statement: without the words that ask and those that are merely polite."""
    if detect_language(text) == "ko":
        said = _ASKING_KO.sub("다.", _POLITE.sub(" ", text)).replace("?", "")
    else:
        said = _ASKING_EN.sub("", text).strip().rstrip("?")
    return " ".join(said.split()) or text


@dataclass(frozen=True)
class Step:
    """What differs from plain search. `fields` names the passages' terms and embedded text: ablation.py makes them."""

    group: str
    name: str
    kept: bool = False
    fields: str = "title, heading twice, text"
    lexical_weight: float | None = None
    legs: str = "hybrid"
    fuse: str = "standard scores"
    by_document: bool = True
    function_words: float = _FUNCTION_WORDS_BEFORE
    korean_question: float = 1.0
    bigrams: float = 1.0
    as_statement: str = ""
    """ "words", "meaning" or "both": the leg that gets the statement."""
    other_words: float = 0.0
    meaning: str = "question"
    """What is embedded: "question", "with other words", "mean with other words", "keywords", "mean with passage"."""
    feedback: tuple[str, int, int, float] | None = None
    """("words", passages, terms, share) is RM3, ("meaning", passages, 0, share) Rocchio."""
    diverse: float = 0.0
    """Maximal marginal relevance: the weight of likeness to what stands higher."""
    put_right: bool = False
    """Misspelt words, lost spaces and first consonants."""


class Tried(Searcher):
    """Search with one step. `product` gives store, index, models and synonyms."""

    def __init__(self, product: Searcher, step: Step) -> None:
        super().__init__(product._store, product._index, product.analyser, product.embedder, None, product._synonyms)
        self._step = step
        self._of_asking = {term for word in _KOREAN_QUESTION.split() for term in self._analyser.tokens(word)}

    def _search(
        self, text: str, weights: Sequence[float] | None, k: int, as_of: date | None, reader: Reader, legs: Any
    ) -> list[list[Hit]]:
        step, as_of = self._step, date.today() if as_of == TODAY else as_of
        self._index.catch_up()
        if step.put_right:
            text = worded(text, self._analyser, self._embedder, Seen(self._index, self._store, reader, as_of)).text
        words = self._words(statement(text) if step.as_statement in ("words", "both") else text)
        vector = self._meaning(statement(text) if step.as_statement in ("meaning", "both") else text)
        if step.feedback is not None:
            first = self._ranked(words, vector, text, step.feedback[1], as_of, reader)
            words, vector = self._fed_back(words, vector, first)
        hits = self._ranked(words, vector, text, 3 * k if step.diverse else k, as_of, reader)
        return [self._spread(hits)[:k] if step.diverse else hits]

    def _ranked(
        self, words: Mapping[str, float], vector: Any, text: str, k: int, as_of: date | None, reader: Reader
    ) -> list[Hit]:
        step = self._step
        found = self._index.legs(
            None if step.legs == "dense" else list(words),
            None if step.legs == "lexical" else vector,
            reader=reader,
            as_of=as_of,
            depth=_DEPTH,
            token_weights=words,
        )
        weight = step.lexical_weight
        if weight is None:
            weight = PLAIN_WEIGHT.get(detect_language(text) or "en", PLAIN_WEIGHT["en"])
        candidates = _candidates(found, weight) if step.legs != "hybrid" else FUSIONS[step.fuse](found, weight)
        asked = text if step.by_document and step.legs == "hybrid" else None
        return self._hits(candidates, k, as_of, reader, asked)

    def _words(self, text: str) -> dict[str, float]:
        step = self._step
        tokens = self._analyser.tokens(text)
        function_words = question_weights()
        words = {
            term: times
            * (step.function_words if term in function_words else 1.0)
            * (step.korean_question if term in self._of_asking else 1.0)
            * (step.bigrams if term.startswith("_") else 1.0)
            for term, times in Counter(tokens).items()
        }
        if step.other_words and self._synonyms is not None:
            for other in self._synonyms.of(text, tokens):
                for term in self._analyser.tokens(other):
                    words.setdefault(term, step.other_words)
        return words

    def _meaning(self, text: str) -> Any:
        def embed(words: str) -> Any:
            return self._embedder.embed_queries([words])[0]

        what = self._step.meaning
        if what == "keywords":
            terms = [term for term in self._analyser.tokens(text) if not term.startswith("_")]
            return embed(" ".join(term for term in terms if term not in question_weights()) or text)
        if what == "mean with passage":
            return _unit(embed(text) + self._embedder.embed_passages([text])[0])
        if what.endswith("with other words") and self._synonyms is not None:
            own = detect_language(text)
            others = self._synonyms.of(text, self._analyser.tokens(text))
            others = [other for other in others if detect_language(other) in (own, None)][:6]
            if others:
                fuller = embed(f"{text} ({', '.join(others)})")
                return fuller if what == "with other words" else _unit(embed(text) + fuller)
        return embed(text)

    def _fed_back(self, words: Mapping[str, float], vector: Any, first: Sequence[Hit]) -> tuple[dict[str, float], Any]:
        """The question with what its first hits say: Lavrenko and Croft's RM3, or Rocchio's mean of vectors."""
        assert self._step.feedback is not None
        kind, _, terms, share = self._step.feedback
        if kind == "meaning":
            texts = [f"{hit.passage.title}\n{hit.passage.text}" for hit in first]
            return dict(words), _unit(vector + share * self._embedder.embed_passages(texts).mean(axis=0))
        said: Counter[str] = Counter()
        for hit in first:
            tokens = self._analyser.tokens(hit.passage.text)
            said.update({term: times / len(tokens) / len(first) for term, times in Counter(tokens).items()})
        rarity = self.rarity(list(said), as_of=None, reader=EVERYBODY)
        best = Counter({term: weight * rarity[term] for term, weight in said.items()}).most_common(terms)
        total, mass = sum(words.values()), sum(weight for _, weight in best)
        mixed = Counter({term: (1 - share) * weight for term, weight in words.items()})
        mixed.update({term: share * total * weight / mass for term, weight in best})
        return dict(mixed), vector

    def _spread(self, hits: Sequence[Hit]) -> list[Hit]:
        """Carbonell and Goldstein's order, likeness being the share of common terms."""
        terms = {hit.passage.id: frozenset(self._analyser.tokens(hit.passage.text)) for hit in hits}
        left, order = list(hits), []
        while left:
            best = max(left, key=lambda hit: hit.score - self._step.diverse * self._nearest(hit, order, terms))
            left.remove(best)
            order.append(best)
        return order

    @staticmethod
    def _nearest(hit: Hit, order: Sequence[Hit], terms: Mapping[int, frozenset[str]]) -> float:
        own = terms[hit.passage.id]
        return max((len(own & terms[o.passage.id]) / len(own | terms[o.passage.id]) for o in order), default=0.0)


def _unit(vector: Any) -> Any:
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


# --- Fusion ---


def _ordered(found: Legs, scores: Any) -> list[_Candidate]:
    order = np.argsort(-scores, kind="stable")
    legs = (found.passage_ids, scores, found.lexical, found.dense)
    return [_Candidate(*values) for values in zip(*(leg[order].tolist() for leg in legs), strict=True)]


def _ranks(found: Legs, weight: float) -> list[_Candidate]:
    """Reciprocal ranks, Cormack, Clarke and Büttcher's, with k = 60 and equal weights."""
    place = [np.argsort(np.argsort(-leg, kind="stable"), kind="stable") + 1 for leg in (found.lexical, found.dense)]
    return _ordered(found, 60 * (np.where(found.lexical > 0, 1 / (60 + place[0]), 0) + 1 / (60 + place[1])))


def _least_to_most(found: Legs, weight: float) -> list[_Candidate]:
    def scaled(leg: Any) -> Any:
        least = np.sort(leg)[-min(100, len(leg))]
        return 5 * (leg - least).clip(0) / max(float(leg.max() - least), 1e-6)

    return _ordered(found, weight * scaled(found.lexical) + (1 - weight) * scaled(found.dense))


def _standard_of_best(found: Legs, weight: float) -> list[_Candidate]:
    def standard(leg: Any) -> Any:
        best = np.sort(leg)[-100:]
        return (leg - best.mean()) / max(float(best.std()), 1e-6)

    return _ordered(found, weight * standard(found.lexical) + (1 - weight) * standard(found.dense))


FUSIONS: Mapping[str, Callable[[Legs, float], list[_Candidate]]] = {
    "standard scores": _candidates,
    "standard scores of the best 100": _standard_of_best,
    "least to most": _least_to_most,
    "reciprocal ranks": _ranks,
}

PLAIN = Step("plain", "plain")
STEPS = (
    Step("legs", "words alone", legs="lexical"),
    Step("legs", "meaning alone", legs="dense"),
    Step("fusion", "reciprocal ranks", fuse="reciprocal ranks"),
    Step("fusion", "least to most of the best 100", fuse="least to most"),
    Step("fusion", "standard scores of the best 100", fuse="standard scores of the best 100"),
    Step("fusion", "without the order by documents", by_document=False),
    *(Step("fusion", f"words weigh {weight}", lexical_weight=weight) for weight in (0.3, 0.45, 0.5)),
    Step("fields", "text alone, in both legs", fields="text; embedded alone"),
    Step("fields", "text alone in words", fields="text"),
    Step("fields", "title, text", fields="title, text"),
    Step("fields", "title, heading, text", fields="title, heading, text"),
    Step("fields", "title, whole path, heading, text", fields="title, path, heading, text"),
    Step("fields", "title twice, heading four times, text", fields="title twice, heading four times, text"),
    Step("words", "function words weigh 0.25", kept=True, function_words=0.25),
    Step("words", "function words weigh 0", function_words=0.0),
    Step("words", "Korean words of asking weigh 0.25", korean_question=0.25),
    Step("words", "bigrams weigh half", bigrams=0.5),
    Step("question", "as a statement, words", as_statement="words"),
    Step("question", "as a statement, meaning", as_statement="meaning"),
    Step("question", "keywords, meaning", meaning="keywords"),
    Step("question", "mean with its passage form, meaning", meaning="mean with passage"),
    Step("other words", "weigh 0.4", other_words=0.4),
    Step("other words", "weigh 0.7", kept=True, other_words=0.7),
    Step("other words", "weigh 1", other_words=1.0),
    Step("other words", "embedded, too", other_words=0.7, meaning="with other words"),
    Step("other words", "embedded, too, as a mean", other_words=0.7, meaning="mean with other words"),
    Step("feedback", "RM3: 5 passages, 20 terms, 0.2", feedback=("words", 5, 20, 0.2)),
    Step("feedback", "Rocchio: 5 passages, 0.3", feedback=("meaning", 5, 0, 0.3)),
    Step("order", "marginal relevance 0.5", diverse=0.5),
    Step("spelling", "words, spaces and first consonants put right", kept=True, put_right=True),
)  # fmt: skip
