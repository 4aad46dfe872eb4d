"""Fits the numbers of `groundtune.answering.weights`: which piece answers, whether any does, and how sure to be.

    python benchmarks/fit_answering.py --cache /tmp/worlds [--data FOLDER-OF-OPEN-DATA] [--write]

Prints what each model reaches on questions that it wasn't fitted on (five folds, a question on one side only). Needs
scipy and scikit-learn. Only numbers are kept: no text of the open data goes into the package.
"""

from __future__ import annotations

import argparse
import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from answering_worlds import Observation, observe_all
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from groundtune.answering import weights
from groundtune.answering.terms import coverage
from groundtune.answering.weighing import answer_figures, piece_figures, rank

FOLDS = 5
FALSE_REFUSALS = 0.13
"""Share of answerable questions, their passage found, that may be refused on the fitting data."""
TRUST = {"hr_faq": 0.5}
"""How far a world's labels are believed: near-topic questions of this one are often answered elsewhere."""


def fold(observation: Observation) -> int:
    return hashlib.blake2b(observation.question.encode(), digest_size=2).digest()[0] % FOLDS


def balance(observations: Sequence[Observation]) -> np.ndarray:
    """Each world, language and kind weighs the same, whatever its number of questions."""
    size = Counter((o.world, o.language, o.kind) for o in observations)
    return np.array([TRUST.get(o.world, 1.0) / size[o.world, o.language, o.kind] for o in observations])


def fit_pieces(observations: Sequence[Observation], ridge: float = 0.003) -> dict[str, float]:
    """A conditional logit: the right pieces of a question against its others."""
    usable = [o for o in observations if any(o.right)]
    rows = []
    for o in usable:
        nearest = max(c.hit.dense or 0.0 for c in o.candidates)
        figures = [piece_figures(c, nearest) for c in o.candidates]
        rows.append((np.array([list(f.values()) for f in figures]), np.array(o.right)))
    names = list(figures[0])
    share = balance(usable)
    share /= share.sum()

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        total, gradient = ridge * (w @ w), 2 * ridge * w
        for (x, right), weight in zip(rows, share, strict=True):
            odds = np.exp(x @ w - (x @ w).max())
            chosen = np.where(right, odds, 0)
            total -= weight * np.log(chosen.sum() / odds.sum())
            gradient -= weight * ((chosen / chosen.sum() - odds / odds.sum()) @ x)
        return total, gradient

    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B").x
    return {name: round(float(value), 3) for name, value in zip(names, found, strict=True)}


def figures_of(observations: Sequence[Observation]) -> list[dict[str, float]]:
    """With the pieces ranked by the weights as they are now."""
    return [answer_figures(o.found, rank(o.candidates)) for o in observations]


def teaches(observation: Observation) -> bool:
    """Not where the answer is there and another piece came first: neither answering nor refusing is right then."""
    if not any(observation.right):
        return True
    best = rank(observation.candidates)[0].candidate
    return any(
        right for candidate, right in zip(observation.candidates, observation.right, strict=True) if candidate is best
    )


def fit_answerable(
    figures: Sequence[dict[str, float]], observations: Sequence[Observation], strength: float = 0.5
) -> dict[str, float]:
    names = list(figures[0])
    x = np.array([[f[name] for name in names] for f in figures])
    y = np.array([o.kind == "answerable" for o in observations])
    share = balance(observations) * np.array([teaches(o) for o in observations])
    for side in (True, False):
        share[y == side] *= len(y) / 2 / share[y == side].sum()
    model = LogisticRegression(C=strength, max_iter=5000, fit_intercept=False).fit(x, y, sample_weight=share)
    return {name: round(float(value), 3) for name, value in zip(names, model.coef_[0], strict=True)}


def fit_off_topic(observations: Sequence[Observation]) -> tuple[float, float]:
    """The two bounds that tell best between off-topic questions and others that the documents don't answer.

    An encyclopedia is left out: its questions are far from everything, its passages about everything.
    """
    figures, kinds = [], []
    for o in observations:
        if o.kind != "answerable" and o.world != "korquad":
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


def probability(model: dict[str, float], figures: dict[str, float]) -> float:
    return float(1 / (1 + np.exp(-sum(model[name] * figures[name] for name in model))))


def main() -> None:
    """Reads the worlds, fits, prints, and writes when told to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    observations = [o for o in observe_all(arguments.data, arguments.cache) if o.candidates]
    print(Counter((o.world, o.language, o.kind) for o in observations))

    report_pieces(observations)
    weights.PIECE = fit_pieces(observations)
    usable = [o for o in observations if o.kind != "answerable" or o.retrieved]
    near = [o for o in usable if rank(o.candidates)[0].candidate.same_language]
    far = [o for o in usable if not rank(o.candidates)[0].candidate.same_language]
    answer_from = report_answerable(near)
    report_answerable(far)
    weights.ANSWERABLE = fit_answerable(figures_of(near), near)
    weights.ANSWERABLE_ACROSS = fit_answerable(figures_of(far), far)
    weights.OFF_TOPIC_COVERED, weights.OFF_TOPIC_NEAREST = fit_off_topic(near)
    text = render(answer_from)
    print(text)
    if arguments.write:
        Path(weights.__file__).write_text(text, "utf-8")


def report_pieces(observations: Sequence[Observation]) -> None:
    first: dict[tuple[str, str], list[bool]] = {}
    three: dict[tuple[str, str], list[bool]] = {}
    kept = weights.PIECE
    for number in range(FOLDS):
        weights.PIECE = fit_pieces([o for o in observations if fold(o) != number])
        for o in observations:
            if fold(o) == number and any(o.right):
                right = dict(zip(map(id, o.candidates), o.right, strict=True))
                order = [right[id(entry.candidate)] for entry in rank(o.candidates)]
                first.setdefault((o.world, o.language), []).append(order[0])
                three.setdefault((o.world, o.language), []).append(any(order[:3]))
    weights.PIECE = kept
    for key, hits in sorted(first.items()):
        shares = f"first {np.mean(hits):.3f}  in three {np.mean(three[key]):.3f}"
        print(f"piece  {key[0]:24} {key[1]}  n {len(hits):4}  {shares}")


def report_answerable(observations: Sequence[Observation]) -> dict[str, float]:
    """Prints the cross-validated figures; returns the probability from which to answer, by language."""
    p = np.zeros(len(observations))
    folds = np.array([fold(o) for o in observations])
    figures = figures_of(observations)
    for number in range(FOLDS):
        rest = np.flatnonzero(folds != number)
        model = fit_answerable([figures[i] for i in rest], [observations[i] for i in rest])
        for i in np.flatnonzero(folds == number):
            p[i] = probability(model, figures[i])
    threshold = {
        language: round(float(np.quantile(p[[_sets_bar(o, language) for o in observations]], FALSE_REFUSALS)), 2)
        for language in ("ko", "en")
    }
    print(f"answer from {threshold}")
    for world in sorted({o.world for o in observations}):
        for language in ("ko", "en"):
            line = f"refuse {world:24} {language}"
            inside = np.array([o.world == world and o.language == language for o in observations])
            kinds = np.array([o.kind for o in observations])
            for kind in ("answerable", "near_topic", "off_topic"):
                chosen = inside & (kinds == kind)
                if chosen.any():
                    line += f"  {kind} refused {np.mean(p[chosen] < threshold[language]):.3f} of {chosen.sum()}"
            y = kinds[inside] == "answerable"
            if inside.any():
                auc = f"  AUC {roc_auc_score(y, p[inside]):.3f}" if len(set(y)) == 2 else ""
                print(line + auc)
    return threshold


def _sets_bar(observation: Observation, language: str) -> bool:
    inside = observation.world.startswith("campus") and observation.language == language
    return inside and observation.kind == "answerable"


def render(answer_from: dict[str, float]) -> str:
    lines = ['"""Fitted numbers, written by `benchmarks/fit_answering.py`."""', ""]
    for name in ("PIECE", "ANSWERABLE", "ANSWERABLE_ACROSS"):
        lines.append(f"{name} = {{")
        lines.extend(f'    "{figure}": {value},' for figure, value in getattr(weights, name).items())
        lines.append("}")
    lines.append(f'ANSWER_FROM = {{"ko": {answer_from["ko"]}, "en": {answer_from["en"]}}}')
    lines.append('"""By the question\'s language: the probability from which the documents are trusted to answer."""')
    lines.append(f"OFF_TOPIC_COVERED = {weights.OFF_TOPIC_COVERED}")
    lines.append(f"OFF_TOPIC_NEAREST = {weights.OFF_TOPIC_NEAREST}")
    lines.append('"""A refusal says "off topic" where no passage covers more of the question, nor is nearer to it."""')
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
