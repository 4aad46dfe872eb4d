"""Settings are read strictly: what doesn't fit is named with its key, before anything is opened with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundtune.errors import BadInput
from groundtune.settings import FILE_NAME, Endpoint, load_settings


def write(folder: Path, text: str) -> Path:
    (folder / FILE_NAME).write_text(text, "utf-8")
    return folder


def test_settings_are_read_whole(tmp_path: Path) -> None:
    settings = load_settings(
        write(
            tmp_path,
            'embedder = "fake:hash"\nanswer_with = "chat"\npack = "hr"\nlexical_weight = 0.4\n'
            '[endpoints.local]\nbase_url = "http://127.0.0.1:8000/v1"\nkey_variable = "LOCAL_KEY"\nlanguages = ["ko"]',
        )
    )
    assert (settings.embedder, settings.chat, settings.answer_with) == ("fake:hash", "bundled:smollm2", "chat")
    assert (settings.pack, settings.lexical_weight) == ("hr", 0.4)
    assert settings.endpoints == {"local": Endpoint("http://127.0.0.1:8000/v1", "LOCAL_KEY", ("ko",))}


def test_the_environment_comes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDTUNE_EMBEDDER", "fake:hash")
    assert load_settings(write(tmp_path, 'embedder = "hf:other"')).embedder == "fake:hash"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('lexical_weight = "high"', "lexical_weight"),
        ("lexical_weight = 7", "lexical_weight"),
        ("lexical_weight = nan", "lexical_weight"),
        ("embedder = 5", "embedder"),
        ('chat = ""', "chat"),
        ("pack = true", "pack"),
        ("lexical_wieght = 0.5", "lexical_wieght"),
        ('endpoints = "x"', "endpoints"),
        ('[endpoints]\nlocal = "http://here"', "endpoints.local"),
        ('[endpoints.local]\nkey_variable = "K"', "endpoints.local.base_url"),
        ('[endpoints.local]\nbase_url = "here"', "endpoints.local.base_url"),
        ('[endpoints.local]\nbase_url = "http://here"\nkey_variable = 5', "endpoints.local.key_variable"),
        ('[endpoints.local]\nbase_url = "http://here"\nlanguages = "ko"', "endpoints.local.languages"),
        ('[endpoints.local]\nbase_url = "http://here"\nkey = "secret"', "endpoints.local.key"),
    ],
)
def test_a_setting_that_does_not_fit_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(BadInput, match=named) as caught:
        load_settings(write(tmp_path, text))
    assert caught.value.path == tmp_path / FILE_NAME


def test_an_address_that_does_not_fit_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        load_settings(write(tmp_path, '[endpoints.house]\nbase_url = "user:secretpass@here/v1"'))
    assert "secretpass" not in str(caught.value)


@pytest.mark.parametrize(
    ("base_url", "shown"),
    [
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"),
        ("https://u:p@host:1/v1?key=k#f", "https://••••@host:1/v1?••••"),
    ],
)
def test_what_messages_show_of_an_address_holds_no_secret(base_url: str, shown: str) -> None:
    assert Endpoint(base_url).address == shown
