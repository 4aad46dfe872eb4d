"""Fitted numbers, written by `benchmarks/fit_answering.py`."""

PIECE = {
    "likeness": 3.686,
    "covered": 2.57,
    "in_headings": 0.052,
    "nearby": 0.709,
    "fits": 1.29,
    "unfit": -1.29,
    "in_range": 2.86,
    "out_of_range": -0.583,
    "passage": 1.204,
    "rank": 0.705,
    "same_language": 0.026,
    "exception": -0.241,
    "length": 0.041,
    "row": -0.204,
}
ANSWERABLE = {
    "intercept": -3.274,
    "likeness": 1.924,
    "nearest": 0.332,
    "margin": -1.082,
    "covered": 0.587,
    "nearby": 0.729,
    "by_passage": 0.751,
    "by_all": 0.217,
    "absent": -0.067,
    "fits": 0.311,
    "unfit": -0.298,
    "in_range": 0.291,
    "share": 1.525,
    "one_document": -0.033,
    "lead": 0.532,
    "stands_out": -0.884,
    "korean": -0.641,
}
ANSWERABLE_ACROSS = {
    "intercept": 0.802,
    "likeness": 0.862,
    "nearest": 0.578,
    "margin": -0.77,
    "covered": 0.0,
    "nearby": 0.0,
    "by_passage": 0.001,
    "by_all": 0.039,
    "absent": -2.883,
    "fits": 0.616,
    "unfit": 0.051,
    "in_range": 0.353,
    "share": 0.418,
    "one_document": 0.354,
    "lead": 0.584,
    "stands_out": -0.03,
    "korean": 0.375,
}
ANSWER_FROM = 0.392
"""The probability of being answerable from which the documents are trusted to answer."""
OFF_TOPIC_COVERED = 0.5
OFF_TOPIC_NEAREST = 0.84
"""A refusal says "off topic" where no passage covers more of the question, nor is nearer to it."""
