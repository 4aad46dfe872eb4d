"""What the arms of every task have in common: which are wanted, which can be had here, and what decides their outputs.

Knows no approach by name; `answer_arms` and `classify_arms` do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources
from pathlib import Path

from groundtune.comparison.tasks import Task
from groundtune.errors import BadInput, MissingExtra, ModelUnavailable, UsageError
from groundtune.i18n import Message, say, t
from groundtune.settings import Endpoint
from groundtune.storage.registry import ModelVersion
from groundtune.types import Arm

_ABOUT = frozenset(
    ("card.md", "card.ko.md", "curve.json", "evaluation.json", "recipe.toml", "split.json", "facts_seen.json")
)
_EDGE_BYTES = 1 << 20


class Missing(UsageError):
    """An arm can't be had here; `why` says what would open it."""

    def __init__(self, why: Message) -> None:
        super().__init__(str(why))
        self.why = why


@dataclass(frozen=True, slots=True)
class Arms:
    """The arms that could be made here, and for each of the others what would open it."""

    made: tuple[Arm, ...]
    missing: Mapping[str, Message]


def make_arms(task: Task, makers: Mapping[str, Callable[[], Arm]], floor: str | None = None) -> Arms:
    """Those of `makers` that the task wants, by default all, and always the trivial `floor`; nothing else is made.

    What needs a library or a model that isn't here is missing, with what to do.
    """
    made: list[Arm] = []
    missing: dict[str, Message] = {}
    for name, make in makers.items():
        if task.arms and name not in task.arms and name != floor:
            continue
        try:
            made.append(make())
        except Missing as lack:
            missing[name] = lack.why
        except MissingExtra as error:
            missing[name] = say(
                'Needs {library}: pip install "groundtune[{extra}]".', library=error.library, extra=error.extra
            )
        except ModelUnavailable as error:
            missing[name] = Message(str(error))
    return Arms(tuple(made), missing)


def check_names(task: Task, known: Mapping[str, object]) -> None:
    """Raises BadInput for an arm in the task file that there is not."""
    for name in task.arms:
        if name not in known:
            raise BadInput(
                t("There is no arm “{name}”. Known here: {known}.", name=name, known=", ".join(known)), path=task.path
            )


def refuse_unfit(version: ModelVersion) -> None:
    """Raises Missing for a version that must not be promoted: what isn't served isn't measured as if it were."""
    if version.state != "ready":
        raise Missing(say("{model} must not be used: {why}", model=str(version), why=version.state_note))


def fingerprint(*decides: object) -> str:
    """Raises TypeError for a set: its order is another one in each process."""
    return hashlib.sha256(json.dumps(decides, default=_plain).encode()).hexdigest()[:32]


def model_identity(name: str, endpoints: Mapping[str, Endpoint]) -> list[object]:
    """What tells a model from another of the same name: where its endpoint is, what its files hold, its version.

    Of a large file the size and both ends are read.
    """
    provider, _, rest = name.partition(":")
    if provider == "openai":
        endpoint = endpoints.get(rest.rpartition("@")[2])
        return [name, endpoint.base_url if endpoint is not None else None]
    if name == "bundled:smollm2":
        from groundtune.models.smollm2 import find_smollm2

        return [name, find_smollm2()[1]]
    path = Path(rest)
    if not rest or not path.exists():
        return [name]
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    return [name, *[(str(file.relative_to(path)), file.stat().st_size, _ends(file)) for file in files]]


def version_identity(version: ModelVersion) -> list[object]:
    """What decides a tuned version's outputs: its files, but for those that tell how it was made and how long it took.
    A version that comes out the same again, under whatever name, is the same."""
    return [(file.path, file.sha256) for file in version.details if file.path not in _ABOUT]


def _plain(value: object) -> str:
    if isinstance(value, (set, frozenset)):
        raise TypeError(f"{value!r} has no order; hand over sorted(…).")
    return str(value)


def _ends(path: Path) -> str:
    with path.open("rb") as file:
        digest = hashlib.sha256(file.read(_EDGE_BYTES))
        file.seek(max(file.tell(), path.stat().st_size - _EDGE_BYTES))
        digest.update(file.read())
    return digest.hexdigest()


@cache
def code_identity(*packages: str) -> str:
    """Names what the modules of these packages do, by their source; the product's version where there is none."""
    digest = hashlib.sha256(metadata.version("groundtune").encode())
    for package in packages:
        for file in sorted(resources.files(package).iterdir(), key=lambda file: file.name):
            if file.name.endswith(".py"):
                digest.update(file.read_bytes())
    return digest.hexdigest()
