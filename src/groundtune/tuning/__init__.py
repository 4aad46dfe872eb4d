"""Prepare labelled data, train, validate, register. torch is imported only where training happens.

    data       read labelled files and say what is wrong with them
    duplicates which texts are the same, or nearly
    split      train, validation and test without leakage
    recipe     what a training run is told, as TOML
    loop       the training loop: any torch module, checkpoints, the same bits after a crash
    classify   fine-tunes the encoder for classification
    predict    labels with probabilities from an exported model, without torch

Knows nothing of documents, answers or people.
"""
