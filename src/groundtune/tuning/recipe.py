"""What a classifier's training run is told: read from a task's [tuning] table, saved resolved beside the result."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from groundtune.errors import BadInput
from groundtune.i18n import t
from groundtune.tuning.loop import LoopRecipe


@dataclass(frozen=True, slots=True)
class ClassifyRecipe:
    base_model: str = "bundled:e5"
    method: Literal["full", "lora", "head"] = "full"
    """`full` trains every transformer layer, `lora` low-rank adapters in them, `head` the last layer alone; the word
    embeddings stay as they are in each."""
    prefix: str = "query: "
    """Put before each text, as the base model was trained with."""
    window: int = 256
    """Tokens that are read, prefix and specials included."""
    batch_size: int = 16
    class_weights: bool = True
    """Weigh each class by the inverse of its frequency, so that rare ones count in the macro average."""
    least_kept: float = 0.5
    """Each epoch leaves out some sentences of each training text; the least share that stays. 1 shows all, always."""
    label_smoothing: float = 0.0
    layer_decay: float = 1.0
    """Factor on the learning rate from one layer to the one below it."""
    head_rate: float = 1.0
    """Factor on the learning rate of the last layer."""
    head_strength: float = 0.005
    """Inverse regularisation of the logistic regression that the head starts from."""
    word_strength: float = 3.0
    """Inverse regularisation of the words' logistic regression, which is added to the head; 0 leaves the words out."""
    dropout: float = 0.0
    lora_rank: int = 16
    loop: LoopRecipe = field(default_factory=lambda: LoopRecipe(epochs=5, learning_rate=5e-5))

    def resolved(self) -> dict[str, Any]:
        """Every value that the run depends on, as plain data."""
        return asdict(self)


def read_recipe(table: Mapping[str, Any], path: Path | None = None) -> ClassifyRecipe:
    """A recipe from a TOML table, with `loop` as a table in it. Raises BadInput naming the key."""
    values = dict(table)
    loop = values.pop("loop", {})
    if not isinstance(loop, Mapping):
        raise BadInput(t("“{key}” must be a table.", key="loop"), path=path)
    return ClassifyRecipe(
        **checked(ClassifyRecipe, values, path), loop=replace(ClassifyRecipe().loop, **checked(LoopRecipe, loop, path))
    )


def to_toml(recipe: Mapping[str, Any]) -> str:
    """Plain data, one level of tables deep, as TOML. `None` is left out: it is the default wherever it may stand."""
    lines = [f"{key} = {_toml(value)}" for key, value in recipe.items() if not isinstance(value, Mapping | NoneType)]
    for key, value in recipe.items():
        if isinstance(value, Mapping):
            lines += ["", f"[{key}]", *(f"{k} = {_toml(v)}" for k, v in value.items() if v is not None)]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False)


def checked(recipe: type, values: Mapping[str, Any], path: Path | None) -> dict[str, Any]:
    """`values` as the dataclass `recipe` takes them. Raises BadInput naming the key that is unknown or doesn't fit."""
    hints = get_type_hints(recipe)
    known = [f.name for f in fields(recipe) if f.name != "loop"]
    for name, value in values.items():
        if name not in known:
            raise BadInput(
                t("Unknown key “{key}”. Known here: {known}.", key=name, known=", ".join(sorted(known))), path=path
            )
        if not _fits(value, hints[name]):
            raise BadInput(
                t(
                    "“{key}” can't be {value}; its default is {default}.",
                    key=name,
                    value=repr(value),
                    default=_default(recipe, name),
                ),
                path=path,
            )
    return {name: float(value) if hints[name] is float else value for name, value in values.items()}


def _default(recipe: type, name: str) -> Any:
    return next(f.default for f in fields(recipe) if f.name == name)


def _fits(value: Any, hint: Any) -> bool:
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if isinstance(hint, UnionType):
        return any(_fits(value, option) for option in get_args(hint))
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint)
