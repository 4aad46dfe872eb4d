"""A random BERT encoder of two layers with a word tokenizer, and labelled texts that it can learn, made on the spot."""

from __future__ import annotations

from pathlib import Path

import numpy as np

WORDS = {
    "sales": ["deal", "client", "quota", "revenue", "pipeline", "contract"],
    "nurse": ["ward", "patient", "dose", "shift", "bedside", "care"],
    "driver": ["truck", "route", "cargo", "mileage", "depot", "fuel"],
}
COMMON = ["we", "look", "for", "a", "person", "who", "will", "work", "with", "our", "team", "every", "day"]


def write_encoder(folder: Path) -> Path:
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "query", ":", *COMMON, *(w for ws in WORDS.values() for w in ws)]
    vocabulary = {word: number for number, word in enumerate(dict.fromkeys(words))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=40,
    )  # fmt: skip
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def write_labelled(path: Path, per_class: int = 30, noise: float = 0.0) -> Path:
    """Texts of eleven words, five of which tell the label. A share of `noise` has a wrong label."""
    numbers = np.random.default_rng(4)
    lines = ["text,label,group"]
    for i in range(per_class):
        for label, words in WORDS.items():
            text = [*numbers.choice(COMMON, 6), *numbers.choice(words, 5)]
            given = str(numbers.choice(list(WORDS))) if numbers.random() < noise else label
            lines.append(f"{' '.join(numbers.permutation(text))},{given},{label}{i // 2}")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path
