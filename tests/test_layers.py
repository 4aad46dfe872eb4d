"""Imports go down the ladder only; the core speaks no field's language; the pack sees only public names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SRC = Path(__file__).parent.parent / "src"

LADDER = {
    "cli": 5,
    "workspace": 4,
    "tuning": 3, "advisor": 3, "drafting": 3,
    "answering": 2,
    "knowledge": 1, "comparison": 1,
    "models": 0, "storage": 0, "types": 0, "errors": 0, "settings": 0, "packs": 0, "tables": 0, "i18n": 0,
    "progress": 0, "privacy": 0,
}  # fmt: skip

FIELD_WORDS = re.compile(
    r"\bHR\b|résumé|recruit|payroll|vacation|annual.leave|job (title|family|posting)|연차|휴가|채용|이력서|인사팀|급여",
    re.IGNORECASE,
)


def imports(file: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of every module that a file imports, wherever in the file it does."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: write the whole name of what is imported"
            yield node.lineno, node.module or ""


PUT_TOGETHER = {
    "Answerer", "Database", "DocumentStore", "PassageIndex", "Registry", "Results", "Searcher",
    "open_analyser", "open_classifier", "open_embedder",
}  # fmt: skip
"""What only `workspace` makes or opens; all others are given it."""


def part(module: str) -> str | None:
    names = module.split(".")
    return names[1] if names[0] == "groundtune" and len(names) > 1 else None


def test_imports_go_down_the_ladder_only() -> None:
    wrong = []
    for file in sorted((SRC / "groundtune").rglob("*.py")):
        source = file.relative_to(SRC / "groundtune").parts[0].removesuffix(".py")
        if source == "__init__":
            continue
        for line, module in imports(file):
            target = part(module)
            if target is None or target == source:
                continue
            if not (LADDER[target] < LADDER[source] or LADDER[target] == LADDER[source] == 0):
                wrong.append(f"{file.relative_to(SRC)}:{line} imports {module}")
    assert not wrong, "\n".join(wrong)


def test_the_ladder_names_every_part_of_the_core_and_no_other() -> None:
    parts = {path.name.removesuffix(".py") for path in (SRC / "groundtune").iterdir()}
    assert parts - {"__init__", "__pycache__", "locale", "py.typed"} == set(LADDER)


def test_no_two_parts_need_each_other() -> None:
    needs: dict[str, set[str]] = {name: set() for name in LADDER}
    for file in sorted((SRC / "groundtune").rglob("*.py")):
        source = file.relative_to(SRC / "groundtune").parts[0].removesuffix(".py")
        if source in needs:
            needs[source] |= {target for _, module in imports(file) if (target := part(module)) and target != source}
    left = dict(needs)
    while free := [name for name, needed in left.items() if not needed & set(left)]:
        for name in free:
            del left[name]
    assert not left, f"these import each other in a circle: {sorted(left)}"


def test_only_the_workspace_puts_objects_together() -> None:
    found = []
    for file in sorted((SRC / "groundtune").rglob("*.py")):
        place = file.relative_to(SRC / "groundtune")
        if place.parts[0] == "workspace":
            continue
        tree = ast.parse(file.read_text("utf-8"))
        here = {node.name for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (name := _called(node)) in PUT_TOGETHER - here:
                found.append(f"{place}:{node.lineno} makes {name}")
    assert not found, "\n".join(found)


def _called(call: ast.Call) -> str:
    """The class or function that is called, also through a constructor of its own such as `PassageIndex.open`."""
    function = call.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return function.value.id
    return function.id if isinstance(function, ast.Name) else ""


def test_the_core_speaks_no_fields_language() -> None:
    found = [
        f"{file.relative_to(SRC)}:{number}: {line.strip()}"
        for file in sorted((SRC / "groundtune").rglob("*"))
        if file.suffix in {".py", ".toml", ".css", ".sql"}
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if FIELD_WORDS.search(line)
    ]
    assert not found, "\n".join(found)


def test_a_pack_imports_only_what_packs_are_made_of() -> None:
    for file in sorted((SRC / "groundtune_hr").rglob("*.py")):
        for line, module in imports(file):
            if module.startswith("groundtune."):
                assert module == "groundtune.packs", f"{file}:{line} imports {module}"
