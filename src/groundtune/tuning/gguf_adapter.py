"""LoRA adapters as a GGUF file, which llama.cpp adds to the base model when it loads it.

The base stays as it is, so the file holds what was learnt and nothing else (about 10 MB). Names and the order of the
rotary rows follow llama.cpp's `convert_lora_to_gguf.py`; architectures other than Llama's are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from groundtune.errors import MissingExtra, UsageError
from groundtune.i18n import t

_NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}

Matrix = npt.NDArray[np.float32]


def write_gguf_adapter(path: Path, weights: Mapping[str, Matrix], config: Any, alpha: float) -> None:
    """Writes the adapters of a Llama model. `weights`: PEFT's names → (rank, in) for lora_A, (out, rank) for lora_B.

    `config` is the base model's transformers config. Raises UsageError for another architecture, MissingExtra without
    the gguf library.
    """
    if config.model_type != "llama":
        raise UsageError(
            t("Only Llama models can be exported as a GGUF adapter; this is “{type}”.", type=config.model_type)
        )
    try:
        import gguf
    except ImportError as error:
        raise MissingExtra("gguf", "tuning") from error
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", alpha)
    heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
    for name, matrix in weights.items():
        layer, module, side = _place(name)
        tensor = np.ascontiguousarray(matrix, np.float32)
        if side == "b" and _NAMES[module] in heads:
            tensor = _rotary_order(tensor, heads[_NAMES[module]])
        writer.add_tensor(f"blk.{layer}.{_NAMES[module]}.weight.lora_{side}", tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _place(name: str) -> tuple[int, str, str]:
    """Layer, module and side ("a" or "b") of PEFT's "….layers.3.self_attn.q_proj.lora_A.default.weight"."""
    parts = name.split(".")
    at = parts.index("layers")
    return int(parts[at + 1]), ".".join(parts[at + 2 : at + 4]), "a" if "lora_A" in parts else "b"


def _rotary_order(matrix: Matrix, heads: int) -> Matrix:
    """(out, rank) with each head's rows interleaved, as llama.cpp's rotary embedding wants them."""
    out, rank = matrix.shape
    return np.ascontiguousarray(matrix.reshape(heads, 2, out // heads // 2, rank).swapaxes(1, 2).reshape(out, rank))
