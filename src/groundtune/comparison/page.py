"""An HTML page in one file: no other files, no network, readable without script, in two languages of which one is
shown. Knows nothing of what stands on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path

from groundtune.comparison.html import Html, h
from groundtune.i18n import Message

_LANGUAGES = {"ko": "한국어", "en": "English"}


def write_page(path: Path, title: str, articles: Sequence[Html], *, script: str = "", lang: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(title, articles, script=script, lang=lang), "utf-8")
    return path


def page(title: str, articles: Sequence[Html], *, script: str = "", lang: str) -> str:
    """The page, opened in `lang`; the reader can switch."""
    css = resources.files("groundtune.comparison").joinpath("report.css").read_text("utf-8")
    radios = [
        h("input", type="radio", name="language", id=f"in-{code}", class_="sr", checked=code == lang, aria_label=name)
        for code, name in _LANGUAGES.items()
    ]
    switch = [h("label", name, for_=f"in-{code}", lang=code) for code, name in _LANGUAGES.items()]
    main = h("main", h("nav", *switch, class_="languages"), *articles, class_="page")
    head = h(
        "head",
        h("meta", charset="utf-8"),
        h("meta", name="viewport", content="width=device-width, initial-scale=1"),
        h("title", f"{title} · groundtune"),
        h("style", Html(css)),
    )
    body = h("body", *radios, main, h("script", Html(script)) if script else None)
    return "<!doctype html>\n" + h("html", head, body, lang=lang)


def in_languages(made: Callable[[Callable[[Message], str]], Html]) -> list[Html]:
    """What `made` gives in each language, of which one is shown."""
    return [h("div", made(_words(code)), class_=f"in-{code}", lang=code) for code in _LANGUAGES]


def _words(lang: str) -> Callable[[Message], str]:
    return lambda message: message.in_(lang)
