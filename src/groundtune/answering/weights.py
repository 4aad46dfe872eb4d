"""Fitted numbers, written by `benchmarks/fit_answering.py`."""

PIECE = {
    "likeness": 3.691,
    "covered": 2.359,
    "in_headings": 0.261,
    "nearby": 0.615,
    "fits": 1.061,
    "unfit": -1.061,
    "in_range": 2.478,
    "out_of_range": -0.561,
    "passage": 0.99,
    "rank": 0.896,
    "same_language": 0.035,
    "exception": -0.198,
    "length": 0.147,
    "row": -0.384,
}
ANSWERABLE = {
    "intercept": -2.71,
    "likeness": 1.668,
    "nearest": 0.757,
    "margin": -1.178,
    "covered": 0.382,
    "nearby": 0.386,
    "by_passage": 0.63,
    "by_all": 0.314,
    "absent": 0.748,
    "fits": 0.078,
    "unfit": -0.488,
    "in_range": 0.312,
    "share": 1.306,
    "one_document": -0.031,
    "lead": 0.483,
    "stands_out": -0.371,
    "korean": -0.713,
}
ANSWERABLE_ACROSS = {
    "intercept": 1.788,
    "likeness": 0.954,
    "nearest": 0.966,
    "margin": -0.934,
    "covered": 0.0,
    "nearby": 0.0,
    "by_passage": 0.002,
    "by_all": 0.041,
    "absent": -2.311,
    "fits": 0.338,
    "unfit": 0.08,
    "in_range": 0.216,
    "share": 0.142,
    "one_document": 0.349,
    "lead": 0.569,
    "stands_out": 0.183,
    "korean": 0.341,
}
ANSWER_FROM = {"ko": 0.38, "en": 0.3}
"""By the question's language: the probability from which the documents are trusted to answer."""
OFF_TOPIC_COVERED = 0.5
OFF_TOPIC_NEAREST = 0.84
"""A refusal says "off topic" where no passage covers more of the question, nor is nearer to it."""
