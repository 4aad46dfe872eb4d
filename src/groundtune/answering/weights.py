"""Fitted numbers, written by `benchmarks/fit_answering.py`."""

PIECE = {
    "likeness": 3.976,
    "covered": 2.544,
    "in_headings": -0.252,
    "nearby": 0.255,
    "fits": 1.411,
    "unfit": -1.411,
    "in_range": 3.116,
    "out_of_range": -0.598,
    "passage": 0.817,
    "rank": 0.581,
    "same_language": 0.029,
    "exception": -0.281,
    "length": 0.008,
    "row": -0.257,
}
ANSWERABLE = {
    "intercept": -1.585,
    "likeness": 1.975,
    "nearest": 1.316,
    "margin": -1.462,
    "covered": 0.426,
    "nearby": 0.394,
    "by_passage": 0.61,
    "by_all": 0.585,
    "absent": -0.212,
    "fits": 0.19,
    "unfit": -0.156,
    "in_range": 0.131,
    "lead": 0.53,
    "stands_out": -0.28,
    "korean": -1.109,
}
ANSWERABLE_ACROSS = {
    "intercept": 1.024,
    "likeness": 0.843,
    "nearest": 0.652,
    "margin": -0.661,
    "covered": 0.0,
    "nearby": 0.0,
    "by_passage": 0.001,
    "by_all": 0.025,
    "absent": -2.891,
    "fits": 1.025,
    "unfit": 0.027,
    "in_range": 0.244,
    "lead": 0.575,
    "stands_out": 0.093,
    "korean": 0.443,
}
ANSWER_FROM = 0.444
"""The probability of being answerable from which the documents are trusted to answer."""
OFF_TOPIC_COVERED = 0.3
OFF_TOPIC_NEAREST = 0.86
"""A refusal says "off topic" where no passage covers more of the question, nor is nearer to it."""
