"""Hugging Face ids: what is on this machine comes first, and is asked for elsewhere only where the hub answers.

Knows nothing of what is loaded. The hub's own libraries would try for a minute and report each attempt.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from groundtune.errors import ModelUnavailable
from groundtune.i18n import t

T = TypeVar("T")
_PATIENCE_SECONDS = 5.0


def from_hub(name: str, model: str, load: Callable[[], T]) -> T:
    """What `load()` makes of `model`, an id or a folder; without the network where the machine holds all of it.

    Raises ModelUnavailable when it is not here and can't be fetched, and whatever `load` raises.
    """
    if Path(model).is_dir():
        return load()
    if model.startswith(("/", ".", "~")) or model.count("/") > 1:
        raise ModelUnavailable(t("{name}: there is no folder {folder}.", name=name, folder=model))
    from huggingface_hub import is_offline_mode, try_to_load_from_cache

    try:
        begun = isinstance(try_to_load_from_cache(model, "config.json"), str)
    except ValueError as error:
        raise ModelUnavailable(t("{name} is neither a folder nor a Hugging Face id.", name=name)) from error
    with _quiet():
        if begun:
            try:
                with _offline():
                    return load()
            except OSError as error:
                if is_offline_mode():
                    raise ModelUnavailable(
                        t("{name} is on this machine in part only: {error}", name=name, error=str(error)[:300])
                    ) from error
        _refuse_without_hub(name, is_offline_mode())
        return load()


def _refuse_without_hub(name: str, offline: bool) -> None:
    import httpx
    from huggingface_hub import constants

    if offline:
        why = t("HF_HUB_OFFLINE forbids fetching it")
    else:
        try:
            httpx.head(constants.ENDPOINT, timeout=_PATIENCE_SECONDS)
            return
        except httpx.HTTPError as error:
            why = t("{hub} can't be reached ({error})", hub=constants.ENDPOINT, error=error)
    raise ModelUnavailable(
        t(
            "{name} is not on this machine, and {why}. Name a local folder as hf:FOLDER, or bring the model into the "
            "Hugging Face cache on a machine with a network.",
            name=name,
            why=why,
        )
    )


@contextmanager
def _offline() -> Iterator[None]:
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


@contextmanager
def _quiet() -> Iterator[None]:
    """Errors come as exceptions; what the libraries say besides is for their developers."""
    loggers = [logging.getLogger(name) for name in ("huggingface_hub", "transformers")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
