"""What a person reads, in English and Korean.

The English text stands in the code and is the key; `locale/ko/*.toml` holds the Korean. A test sees to it that every
text has both. In the English, `{count:|file|files}` is "file" where count is 1. The language comes from
GROUNDTUNE_LANG, else from the locale, and is English when neither tells.
"""

from __future__ import annotations

import os
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources


def t(text: str, /, **values: object) -> str:
    """The text in the reader's language, its `{names}` filled in."""
    return t_in(language(), text, **values)


def t_in(lang: str, text: str, /, **values: object) -> str:
    """The text in `lang` ("ko" or "en"), whoever reads: for an answer in its asker's language, and for the report."""
    template = _korean().get(text, text) if lang == "ko" else text
    return _WORDS.vformat(template, (), values) if values else template


class _Words(string.Formatter):
    def format_field(self, value: object, format_spec: str) -> str:
        if format_spec.startswith("|"):
            one, many = format_spec[1:].split("|")
            return one if str(value) == "1" else many
        return str(super().format_field(value, format_spec))


_WORDS = _Words()


@dataclass(frozen=True, slots=True)
class Message:
    """A text whose reader isn't known yet; it is put into words where it is shown. Values may be messages too."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    def in_(self, lang: str) -> str:
        values = {name: v.in_(lang) if isinstance(v, Message) else v for name, v in self.values.items()}
        return t_in(lang, self.text, **values)

    def __str__(self) -> str:
        return self.in_(language())


def say(text: str, /, **values: object) -> Message:
    """What `t` says, later."""
    return Message(text, values)


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
