"""Fits the numbers of `groundtune.answering.weights`: which piece answers, and how likely the answer is right.

    python benchmarks/fit_answering.py --cache /tmp/worlds [--data FOLDER-OF-OPEN-DATA] [--write]

Fits on questions to four invented organisations whose topics are on the fitting side, and prints what each model
reaches on topics that it wasn't fitted on (five folds; `--organisations`: on the organisation that was left out). Open
data is only looked at. `answering_quality.py` measures the whole on the topics of the other side. Needs scipy and
scikit-learn.
"""

from __future__ import annotations

import argparse
import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from answering_worlds import DOCUMENTS, Observation, observe_invented, observe_open
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from groundtune.answering import weights
from groundtune.answering.extract import extract
from groundtune.answering.terms import coverage
from groundtune.answering.weighing import Ranked, answer_figures, piece_figures, rank
from groundtune.comparison.matching import states

FOLDS = 5
BY_ORGANISATION = False
"""Whether each fold is one organisation: what a workspace sees of which nothing was fitted."""
MIX = {"answerable": 0.6, "near_topic": 0.3, "off_topic": 0.1}
"""What is asked, as far as the probability of a right answer depends on it."""
SET = {"outscoped": -1.5}
"""Set, not fitted: too few questions turn on it, and a rule of another scope is no answer however alike it is."""
COST = 0.8
"""What a wrong answer costs, where a right one gains 1 and a refusal nothing. The bar is COST / (1 + COST)."""


def fold(observation: Observation) -> int:
    """Topics of one fold stay together; with `--organisations` a fold is an organisation."""
    if BY_ORGANISATION:
        return list(DOCUMENTS).index(observation.world.partition(",")[0])
    return hashlib.blake2b((observation.topic or observation.question).encode(), digest_size=2).digest()[0] % FOLDS


def balance(observations: Sequence[Observation]) -> np.ndarray:
    """Each language the same, kinds as in MIX, and within a kind each world by the root of its questions' number."""
    size = Counter((o.world, o.language, o.kind) for o in observations)
    total: Counter[tuple[str, str]] = Counter()
    for (_, language, kind), count in size.items():
        total[language, kind] += count**0.5
    share = [MIX[o.kind] / total[o.language, o.kind] / size[o.world, o.language, o.kind] ** 0.5 for o in observations]
    return np.array(share) * len(observations) / sum(share)


def fit_pieces(observations: Sequence[Observation], ridge: float = 0.003) -> dict[str, float]:
    """A conditional logit: the right pieces of a question against its others."""
    usable = [o for o in observations if any(o.right)]
    rows = []
    for o in usable:
        figures = piece_figures(o.candidates)
        rows.append((np.array([list(f.values()) for f in figures]), np.array(o.right)))
    names = list(figures[0])
    share = balance(usable)
    share /= share.sum()
    free = np.array([name not in SET for name in names])
    start = np.array([SET.get(name, 0.0) for name in names])

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        total, gradient = ridge * (w @ w), 2 * ridge * w
        for (x, right), weight in zip(rows, share, strict=True):
            odds = np.exp(x @ w - (x @ w).max())
            chosen = np.where(right, odds, 0)
            total -= weight * np.log(chosen.sum() / odds.sum())
            gradient -= weight * ((chosen / chosen.sum() - odds / odds.sum()) @ x)
        return total, gradient * free

    found = minimize(loss, start, jac=True, method="L-BFGS-B").x
    return {name: round(float(value), 3) for name, value in zip(names, found, strict=True)}


def answers_rightly(observation: Observation, ranked: Sequence[Ranked]) -> bool:
    """Whether what would be quoted states every fact, from a document that answers."""
    if observation.kind != "answerable" or not observation.facts:
        return False
    quotes = extract(ranked, observation.found.asked)
    words = "\n".join(quote.words for quote in quotes)
    from_gold = any(quote.candidate.hit.passage.document_id in observation.gold for quote in quotes)
    return from_gold and all(states(words, fact) for fact in observation.facts)


def fit_answerable(figures: np.ndarray, right: np.ndarray, share: np.ndarray, strength: float) -> np.ndarray:
    """A logistic model of standardised figures, given back for raw ones; the first figure is the intercept."""
    middle, spread = figures.mean(axis=0), figures.std(axis=0) + 1e-6
    middle[0], spread[0] = 0.0, 1.0
    model = LogisticRegression(C=strength, max_iter=5000)
    model.fit((figures - middle)[:, 1:] / spread[1:], right, sample_weight=share)
    raw = np.concatenate([model.intercept_, model.coef_[0] / spread[1:]])
    raw[0] -= float((raw[1:] * middle[1:]).sum())
    return raw


def probabilities(model: np.ndarray, figures: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-(figures @ model)))


def fit_off_topic(observations: Sequence[Observation]) -> tuple[float, float]:
    """The two bounds that tell best between off-topic questions and others that the documents don't answer."""
    figures, kinds = [], []
    for o in observations:
        if o.kind != "answerable":
            covered = max(coverage(o.found.terms, o.found.tokens_of(hit)) for hit in o.found.hits[:6])
            figures.append((covered, max(hit.dense or 0.0 for hit in o.found.hits)))
            kinds.append(o.kind == "off_topic")
    x, off = np.array(figures), np.array(kinds)
    best = (0.0, 0.0, 0.0)
    for covered in np.arange(0.1, 0.9, 0.05):
        for nearest in np.arange(0.8, 0.92, 0.005):
            said = (x[:, 0] < covered) & (x[:, 1] < nearest)
            balanced = (said[off].mean() + (~said[~off]).mean()) / 2
            best = max(best, (float(balanced), round(float(covered), 2), round(float(nearest), 3)))
    print(f"off topic or near: balanced accuracy {best[0]:.3f}")
    return best[1], best[2]


def main() -> None:
    """Reads the worlds, fits, prints, and writes when told to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--organisations", action="store_true", help="fit on all organisations but one, judge by that")
    arguments = parser.parse_args()
    global BY_ORGANISATION
    BY_ORGANISATION = arguments.organisations
    observations = [o for o in observe_invented(arguments.cache) if o.candidates]
    print(Counter((o.world, o.language, o.kind) for o in observations))

    ranked = ranked_unseen(observations)
    weights.PIECE = fit_pieces(observations)
    bar = round(COST / (1 + COST), 3)
    for name, same, strength in (("ANSWERABLE", True, 0.1), ("ANSWERABLE_ACROSS", False, 0.02)):
        chosen = [i for i, r in enumerate(ranked) if r[0].candidate.same_language is same]
        some, order = [observations[i] for i in chosen], [ranked[i] for i in chosen]
        model, names = report_answerable(some, order, bar, strength)
        setattr(weights, name, {n: round(float(value), 3) for n, value in zip(names, model, strict=True)})
    weights.ANSWER_FROM = dict.fromkeys(("ko", "en"), bar)
    own = [o for o, r in zip(observations, ranked, strict=True) if r[0].candidate.same_language]
    weights.OFF_TOPIC_COVERED, weights.OFF_TOPIC_NEAREST = fit_off_topic(own)
    if arguments.data is not None:
        report_open([o for o in observe_open(arguments.data, arguments.cache) if o.candidates], bar)
    text = render()
    print(text)
    if arguments.write:
        Path(weights.__file__).write_text(text, "utf-8")


def ranked_unseen(observations: Sequence[Observation]) -> list[list[Ranked]]:
    """Each question's pieces, ranked by numbers that were fitted on other topics; prints how often that is right."""
    first: dict[tuple[str, str], list[bool]] = {}
    three: dict[tuple[str, str], list[bool]] = {}
    found: dict[int, list[Ranked]] = {}
    kept = weights.PIECE
    for number in range(FOLDS):
        weights.PIECE = fit_pieces([o for o in observations if fold(o) != number])
        for i, o in enumerate(observations):
            if fold(o) == number:
                found[i] = rank(o.candidates)
                if any(o.right):
                    right = dict(zip(map(id, o.candidates), o.right, strict=True))
                    order = [right[id(entry.candidate)] for entry in found[i]]
                    first.setdefault((o.world, o.language), []).append(order[0])
                    three.setdefault((o.world, o.language), []).append(any(order[:3]))
    weights.PIECE = kept
    for key, hits in sorted(first.items()):
        shares = f"first {np.mean(hits):.3f}  in three {np.mean(three[key]):.3f}"
        print(f"piece  {key[0]:24} {key[1]}  n {len(hits):4}  {shares}")
    return [found[i] for i in range(len(observations))]


def report_answerable(
    observations: Sequence[Observation], ranked: Sequence[Sequence[Ranked]], bar: float, strength: float
) -> tuple[np.ndarray, list[str]]:
    """Prints what is reached on topics that weren't fitted on; returns the model of all, with its figures' names."""
    every = [answer_figures(o.found, r) for o, r in zip(observations, ranked, strict=True)]
    names = list(every[0])
    figures = np.array([list(f.values()) for f in every])
    right = np.array([answers_rightly(o, r) for o, r in zip(observations, ranked, strict=True)])
    share = balance(observations)
    folds = np.array([fold(o) for o in observations])
    p = np.zeros(len(observations))
    for number in range(FOLDS):
        rest = folds != number
        p[~rest] = probabilities(fit_answerable(figures[rest], right[rest], share[rest], strength), figures[~rest])
    for language in ("ko", "en"):
        inside = np.array([o.language == language for o in observations])
        gains = {b: float((share * ((p >= b) & inside) * np.where(right, 1, -COST)).sum()) for b in _BARS}
        best = max(gains, key=lambda b: gains[b])
        print(f"{language}: the best bar would be {best:.2f} ({gains[best]:.1f}; {gains[_nearest(bar)]:.1f} at {bar})")
    report(observations, right, p, bar)
    return fit_answerable(figures, right, share, strength), names


_BARS = tuple(round(float(b), 2) for b in np.arange(0.2, 0.81, 0.05))


def _nearest(bar: float) -> float:
    return min(_BARS, key=lambda b: abs(b - bar))


def report(observations: Sequence[Observation], right: np.ndarray, p: np.ndarray, bar: float) -> None:
    kinds = np.array([o.kind for o in observations])
    for world in sorted({o.world for o in observations}):
        for language in ("ko", "en"):
            inside = np.array([o.world == world and o.language == language for o in observations])
            line = f"answer {world:24} {language}"
            for kind in MIX:
                chosen = inside & (kinds == kind)
                if chosen.any():
                    given = p[chosen] >= bar
                    line += f"  {kind} {chosen.sum()}: refused {np.mean(~given):.3f}"
                    if kind == "answerable":
                        line += f" right {np.mean(given & right[chosen]):.3f}"
                        line += f" wrong {np.mean(given & ~right[chosen]):.3f}"
            if inside.any():
                auc = f"  AUC {roc_auc_score(right[inside], p[inside]):.3f}" if len(set(right[inside])) == 2 else ""
                print(line + auc)


def report_open(observations: Sequence[Observation], bar: float) -> None:
    """Open data under the numbers as fitted. Where no sentence is marked as right, "right" means nothing."""
    ranked = [rank(o.candidates) for o in observations]
    model = np.array(list(weights.ANSWERABLE.values()))
    figures = np.array([list(answer_figures(o.found, r).values()) for o, r in zip(observations, ranked, strict=True)])
    right = np.array([answers_rightly(o, r) for o, r in zip(observations, ranked, strict=True)])
    report(observations, right, probabilities(model, figures), bar)


def render() -> str:
    lines = ['"""Fitted numbers, written by `benchmarks/fit_answering.py`."""', ""]
    for name in ("PIECE", "ANSWERABLE", "ANSWERABLE_ACROSS"):
        lines.append(f"{name} = {{")
        lines.extend(f'    "{figure}": {value},' for figure, value in getattr(weights, name).items())
        lines.append("}")
    lines.append(f'ANSWER_FROM = {{"ko": {weights.ANSWER_FROM["ko"]}, "en": {weights.ANSWER_FROM["en"]}}}')
    lines.append('"""By the question\'s language: the probability from which the documents are trusted to answer."""')
    lines.append(f"OFF_TOPIC_COVERED = {weights.OFF_TOPIC_COVERED}")
    lines.append(f"OFF_TOPIC_NEAREST = {weights.OFF_TOPIC_NEAREST}")
    lines.append('"""A refusal says "off topic" where no passage covers more of the question, nor is nearer to it."""')
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
