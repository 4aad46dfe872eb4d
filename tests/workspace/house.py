"""A workspace with a few pages and the bundled embedder, for the tests of what becomes of answers."""

from __future__ import annotations

from pathlib import Path

from groundtune.models.fakes import ScriptedChat
from groundtune.models.protocols import ChatModel
from groundtune.settings import load_settings
from groundtune.workspace import Workspace
from tests.answering.worlds import embedder

PERMIT = "What does a monthly permit cost for staff?"
PARKING = "A monthly permit costs 35,000 won for staff. Visitors park free for 30 minutes."
LIBRARY = "The library is open on weekdays from 8:30 to 22:30. On Sundays it stays closed."


class House(Workspace):
    """Its chat model says what it is told to."""

    says = "A monthly permit costs 35,000 won for staff."

    def chat(self, name: str | None = None) -> ChatModel:
        return ScriptedChat(lambda messages: self.says)


def make_house(folder: Path) -> House:
    """With a car park and a library."""
    Workspace.create(folder)
    (folder / "groundtune.toml").write_text('analyser = "bigram"\n', "utf-8")
    house = House(load_settings(folder))
    house.embedder = embedder()
    add(house, "parking", PARKING)
    add(house, "library", LIBRARY)
    return house


def add(house: Workspace, name: str, text: str, **head: object) -> None:
    """A page that is new or edited; `head` is its front matter besides id, title and language."""
    folder = house.settings.root / "pages"
    folder.mkdir(exist_ok=True)
    front = {"id": name, "title": name.title(), "language": "en", **head}
    lines = ["---", *(f"{key}: {value}" for key, value in front.items()), "---", "", f"# {name.title()}", "", text, ""]
    (folder / f"{name}.md").write_text("\n".join(lines), "utf-8")
    assert not house.add([folder / f"{name}.md"]).refused
