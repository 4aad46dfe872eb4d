"""What a person switched a workspace to, in its database: the switch is then one change together with the new index.

A choice holds as long as the settings say what they said when it was made; the later word counts. Opens nothing.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from groundtune.storage.database import Database
from groundtune.storage.encoding import now

Setting: TypeAlias = Literal["embedder", "analyser"]


class Choices:
    def __init__(self, db: Database) -> None:
        self._db = db

    def chosen(self, setting: Setting, settings_say: str) -> str:
        """The name that is in use, where the settings name `settings_say`."""
        row = self._db.connection.execute(
            "SELECT chosen FROM choices WHERE setting = ? AND instead_of = ?", (setting, settings_say)
        ).fetchone()
        return settings_say if row is None else str(row[0])

    def choose(self, setting: Setting, name: str, settings_say: str) -> None:
        """From now on `name`, until the settings say something else than `settings_say`."""
        with self._db.transaction() as connection:
            connection.execute("DELETE FROM choices WHERE setting = ?", (setting,))
            if name != settings_say:
                connection.execute("INSERT INTO choices VALUES (?, ?, ?, ?)", (setting, name, settings_say, now()))
