"""Fitted numbers, written by `benchmarks/fit_answering.py`."""

PIECE = {
    "likeness": 3.984,
    "covered": 2.739,
    "in_headings": -0.232,
    "nearby": 0.282,
    "fits": 1.502,
    "unfit": -1.502,
    "passage": 0.905,
    "rank": 0.35,
    "same_language": 0.03,
    "exception": -0.295,
    "length": 0.087,
    "row": -0.17,
}
ANSWERABLE = {
    "intercept": -1.483,
    "likeness": 1.997,
    "nearest": 1.31,
    "margin": -1.361,
    "covered": 0.447,
    "nearby": 0.38,
    "by_passage": 0.61,
    "by_all": 0.562,
    "absent": -0.17,
    "fits": 0.248,
    "unfit": -0.189,
    "lead": 0.46,
    "stands_out": -0.095,
    "korean": -1.107,
}
ANSWERABLE_ACROSS = {
    "intercept": 1.17,
    "likeness": 0.879,
    "nearest": 0.516,
    "margin": -0.57,
    "covered": 0.0,
    "nearby": 0.0,
    "by_passage": 0.0,
    "by_all": 0.004,
    "absent": -2.875,
    "fits": 0.963,
    "unfit": -0.014,
    "lead": 0.452,
    "stands_out": 0.282,
    "korean": 0.447,
}
ANSWER_FROM = 0.448
"""The probability of being answerable from which the documents are trusted to answer."""
OFF_TOPIC_COVERED = 0.3
OFF_TOPIC_NEAREST = 0.86
"""A refusal says "off topic" where no passage covers more of the question, nor is nearer to it."""
