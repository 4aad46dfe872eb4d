"""torch on this machine's processor: how it is imported, what it multiplies well, and how it repeats itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from groundtune.errors import MissingExtra


def native_bf16() -> bool:
    """Whether this processor multiplies bfloat16 itself; elsewhere it is slower than float32."""
    torch = import_torch()
    flags = (torch.cpu._is_avx512_bf16_supported, torch.cpu._is_amx_tile_supported)
    return any(flag() for flag in flags)


def import_torch() -> Any:
    """torch, its threads told to sleep while they wait: spinning, they are far slower beside other work."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        import torch
    except ImportError as error:
        raise MissingExtra("torch", "tuning") from error
    return torch


@contextmanager
def exactly(threads: int | None) -> Iterator[None]:
    """Deterministic algorithms and so many threads (`None`: as many as before), for as long as training takes."""
    torch = import_torch()
    before = torch.are_deterministic_algorithms_enabled(), torch.get_num_threads()
    torch.use_deterministic_algorithms(True)
    if threads is not None:
        torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0])
        torch.set_num_threads(before[1])
