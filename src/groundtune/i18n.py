"""What a person reads, in English and Korean.

The English text stands in the code and is the key; `locale/ko/*.toml` holds the Korean. A test sees to it that every
text has both. The language comes from GROUNDTUNE_LANG, else from the locale, and is English when neither tells.
"""

from __future__ import annotations

import os
import tomllib
from functools import cache
from importlib import resources


def t(text: str, /, **values: object) -> str:
    """The text in the reader's language, its `{names}` filled in."""
    return t_in(language(), text, **values)


def t_in(lang: str, text: str, /, **values: object) -> str:
    """The text in `lang` ("ko" or "en"), whoever reads: for an answer in its asker's language, and for the report."""
    template = _korean().get(text, text) if lang == "ko" else text
    return template.format(**values) if values else template


def language() -> str:
    """ "ko" or "en"."""
    for variable in ("GROUNDTUNE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value:
            return "ko" if value.lower().startswith("ko") else "en"
    return "en"


@cache
def _korean() -> dict[str, str]:
    texts: dict[str, str] = {}
    for file in sorted(resources.files("groundtune").joinpath("locale/ko").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            texts |= tomllib.loads(file.read_text("utf-8"))
    return texts
