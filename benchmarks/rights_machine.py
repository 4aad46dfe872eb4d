"""The machine that `rights.py` runs: a workspace, and beside it what is in it and who may read it."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from rights_words import (
    DAY,
    GROUPS,
    IN_MEMORY,
    NAMES,
    OF_READERS,
    QUERIES,
    READERS,
    TOPICS,
    Put,
    alone,
    canaries,
    comparable,
    differences,
    left_over,
    numbers_in,
    plain,
    revision,
)  # fmt: skip

from groundtune.cli import main as command_line
from groundtune.errors import UsageError
from groundtune.knowledge.add import content_hash
from groundtune.knowledge.prepare import index_format, passages_of, prepare
from groundtune.storage.documents import NewPassage
from groundtune.types import Document, Question, Reader
from groundtune.workspace import Workspace
from groundtune.workspace.documents import difference


class Rights(RuleBasedStateMachine):
    """The workspace, and beside it what is in it and who may read it."""

    steps: ClassVar[Counter[str]] = Counter()
    scanned_bytes: ClassVar[int] = 0
    number: ClassVar[int] = len(NAMES)

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="rights-", dir=IN_MEMORY)
        self.root = Path(self.folder.name) / "ws"
        self.pages = Path(self.folder.name) / "pages"
        self.pages.mkdir()
        Workspace.create(self.root)
        (self.root / "groundtune.toml").write_text('embedder = "fake:hash"\nanalyser = "bigram"\n', "utf-8")
        self.workspace = Workspace.open(self.root)
        self.puts: list[Put] = []
        self.readers: dict[str, frozenset[str] | None] = {}
        self.deleted: set[int] = set()
        self.refused = False
        self.since_opened = 0

    def teardown(self) -> None:
        if self.readers:
            self.delete_all()
        self.workspace.database.close()
        self.folder.cleanup()

    # --- What changes ---

    @initialize()
    def begin(self) -> None:
        """With a document for everybody, one for each group, and one for both."""
        for name, topic, groups in zip(NAMES, TOPICS, (None, ("north",), ("south",), GROUPS), strict=False):
            self._put(*self._revision(name, [topic], None if groups is None else frozenset(groups), -30))

    @rule(
        name=st.sampled_from(NAMES),
        topics=st.lists(st.sampled_from(TOPICS), min_size=1, max_size=3, unique=True),
        readers=st.sampled_from((None, frozenset({"north"}), frozenset({"south"}), frozenset(GROUPS))),
        start=st.sampled_from((None, -30, -10, 20)),
    )
    def add(self, name: str, topics: list[str], readers: frozenset[str] | None, start: int | None) -> None:
        self.count("add or replace")
        number, document = self._revision(name, topics, readers, start)
        self._put(number, document)

    @rule(name=st.sampled_from(NAMES), topic=st.sampled_from(TOPICS), readers=st.sampled_from((None, "north", "south")))
    def add_file(self, name: str, topic: str, readers: str | None) -> None:
        """By the way that people take; the file states its readers."""
        self.count("add a file")
        number, document = self._revision(name, [topic], frozenset({readers}) if readers else None, None)
        path = self.pages / f"{canaries(number)[0]}.md"
        head = [f"id: {name}", f"title: {document.title}", f"effective_from: {date.today()}"]
        head += [f"readers: [{readers}]"] if readers else []
        path.write_text("\n".join(["---", *head, "---", "", document.text, ""]), "utf-8")
        report = self.workspace.add([path])
        path.unlink()
        if report.refused:  # an id of another file that is still there, or two states of one day
            return
        revision = self.workspace.store.revisions(name)[-1]
        rows = {row.passage_id: row for row in self.workspace.store.rows(name)}
        passages = self.workspace.store.passages(list(rows), reader=READERS[-1], as_of=None)
        spans = prepare(replace(document, text=revision.text), self.workspace.embedder).spans
        own = [passage.id for passage in passages.values() if passage.revision_id == revision.id]
        made = [NewPassage(span, rows[i].tokens, rows[i].vector) for span, i in zip(spans, sorted(own), strict=True)]
        stored = Document(
            name, revision.title, revision.text, revision.source, revision.language, revision.effective_from,
            metadata=revision.metadata,
        )  # fmt: skip
        self.puts.append(Put(number, stored, made))
        self.readers[name] = next(info.readers for info in self.workspace.store.documents() if info.id == name)

    @precondition(lambda self: self.readers)
    @rule(data=st.data(), readers=st.sampled_from((None, frozenset({"north"}), frozenset({"south"}))))
    def change_readers(self, data: Any, readers: frozenset[str] | None) -> None:
        self.count("change readers")
        name = data.draw(st.sampled_from(sorted(self.readers)))
        self.workspace.store.set_readers(name, readers)
        self.readers[name] = readers

    @precondition(lambda self: self.readers)
    @rule(data=st.data())
    def delete(self, data: Any) -> None:
        self.count("delete")
        name = data.draw(st.sampled_from(sorted(self.readers)))
        self.workspace.delete([name])
        self._forget(name)
        self.scan()

    @precondition(lambda self: not self.refused)
    @rule()
    def refuse(self) -> None:
        """A file that can't be taken is named; nothing of what it holds is."""
        self.count("refuse a file")
        number, document = self._revision("nothing", [TOPICS[0]], None, None)
        path = self.pages / "broken.md"
        path.write_text(f"---\nreaders: {document.title}: [\n---\n{document.text}", "utf-8")
        report = self.workspace.add([path])
        assert report.refused
        path.unlink()
        self.deleted.add(number)
        self.refused = True
        self.see(report, None)
        self.see(self.workspace.store.refusals.all(), None)

    @precondition(lambda self: self.since_opened > 4)
    @rule()
    def save_and_open_anew(self) -> None:
        self.count("open anew")
        self.since_opened = 0
        self.workspace.index.save()
        self.workspace.database.close()
        self.workspace = Workspace.open(self.root)

    # --- What readers are given ---

    @rule(
        reader=st.sampled_from(READERS),
        query=st.sampled_from(QUERIES),
        legs=st.sampled_from(("hybrid", "lexical", "dense")),
        days=st.sampled_from((-20, 0, 25, None)),
        k=st.sampled_from((2, 50)),
    )
    def search(self, reader: Reader, query: str, legs: Any, days: int | None, k: int) -> None:
        self.count(f"search ({legs})")
        as_of = None if days is None else DAY + timedelta(days)
        found = self.workspace.searcher.search(query, k=k, legs=legs, as_of=as_of, reader=reader)
        self.see(found, reader)
        with self.world_of(reader) as alone:
            self.same(found, alone.searcher.search(query, k=k, legs=legs, as_of=as_of, reader=Reader()))

    @rule(
        reader=st.sampled_from(READERS),
        query=st.sampled_from(QUERIES),
        days=st.sampled_from((-20, 0, 25)),
        data=st.data(),
    )
    def ask(self, reader: Reader, query: str, days: int, data: Any) -> None:
        """Now and then for a word that the reader should not know of."""
        self.count("ask")
        word = ""
        if self.puts and data.draw(st.booleans()):
            word = canaries(data.draw(st.sampled_from(self.puts)).number)[data.draw(st.integers(0, 1))]
        question = Question(f"{word} {query}".strip(), DAY + timedelta(days), reader)
        calibrated = data.draw(st.booleans())
        answer = self.workspace.answerer_with(None, calibrated=calibrated).answer(question)
        if not word:
            self.see(answer, reader)
        with self.world_of(reader) as alone:
            asked = replace(question, reader=Reader())
            self.same(answer, alone.answerer_with(None, calibrated=calibrated).answer(asked))

    @rule(reader=st.sampled_from(READERS), query=st.sampled_from(QUERIES), days=st.sampled_from((-20, 0)))
    def ask_and_keep(self, reader: Reader, query: str, days: int) -> None:
        self.count("ask, and keep the answer")
        answers = self.workspace.answers
        question = Question(query, DAY + timedelta(days), reader)
        answer = self.workspace.answerer_with(None, calibrated=False).answer(question)  # which refuses nothing
        answers.keep(replace(answers.ask(question), answer=answer))
        self.see(answer, reader)

    @rule(
        reader=st.sampled_from((*READERS, None)),
        what=st.sampled_from(("list", "doubtful", "replay", "now")),
        data=st.data(),
    )
    def look_at_answers(self, reader: Reader | None, what: str, data: Any) -> None:
        """What was kept, under the rights of whoever looks now."""
        self.count(f"answers: {what}")
        answers = self.workspace.answers
        kept = answers.store.all(reader)
        if what == "list":
            self.see(kept, reader)
        elif what == "doubtful":
            self.see(answers.doubtful(reader, today=DAY), reader)
        elif what == "now":
            self.see(answers.answerable_now(datetime.min.replace(tzinfo=UTC), reader, today=DAY), reader)
        elif kept:
            self.see(answers.replay(data.draw(st.sampled_from(kept)).id, reader), reader)

    @precondition(lambda self: self.readers)
    @rule(reader=st.sampled_from(READERS), data=st.data())
    def diff(self, reader: Reader, data: Any) -> None:
        self.count("diff")
        name = data.draw(st.sampled_from((*sorted(self.readers), "nothing")))
        try:
            self.see(difference(self.workspace, name, reader=reader), reader)
        except UsageError as error:
            self.see(str(error).replace(name, ""), reader)

    @rule(reader=st.sampled_from(READERS), day=st.sampled_from((-400, -20, 0, 25)))
    def look_around(self, reader: Reader, day: int) -> None:
        """Lists and days, which a page or a suggestion could show."""
        self.count("documents of a reader")
        as_of = DAY + timedelta(day)
        store = self.workspace.store
        found = (store.documents(reader, as_of=as_of), store.nearest_days(as_of, reader))
        self.see(found, reader)
        with self.world_of(reader) as alone:
            theirs = (alone.store.documents(as_of=as_of), alone.store.nearest_days(as_of, Reader()))
            self.same([replace(info, readers=None) for info in found[0]], theirs[0])
            assert found[1] == theirs[1]

    @rule(
        reader=st.sampled_from(READERS),
        query=st.sampled_from(QUERIES),
        command=st.sampled_from((*OF_READERS, "list", "show", "refused")),
        data=st.data(),
    )
    def type_a_command(self, reader: Reader, query: str, command: str, data: Any) -> None:
        self.count(f"command: {command}")
        name = data.draw(st.sampled_from(NAMES))
        groups = [part for group in sorted(reader.groups) for part in ("--group", group)]
        words = {
            "search": ["search", query, "-k", "20", *groups],
            "ask": ["ask", query, *groups],
            "diff": ["diff", name, *groups],
            "cases": ["cases", "make", "-n", "5", *groups],
            "gaps": ["answers", "gaps", "--times", "1", *(groups or ["--group", "nobody"])],
            "answers": ["answers", "list", *(groups or ["--group", "nobody"])],
            "list": ["documents", "list"],
            "show": ["documents", "show", name, "--text"],
            "refused": ["documents", "refused"],
        }[command]
        said = io.StringIO()
        as_json = ["--json"] if data.draw(st.booleans()) else []
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), contextlib.suppress(SystemExit):
            command_line([*words, *as_json, "--workspace", str(self.root)])
        given = said.getvalue()
        if name not in self.readers or not reader.may_read(self.readers[name]):
            given = given.replace(name, "")  # as it was asked for
        self.see(given, reader if command in OF_READERS else None)

    @invariant()
    def nothing_is_left_over(self) -> None:
        assert {info.id for info in self.workspace.store.documents()} == set(self.readers)

    # --- What must hold ---

    def see(self, given: Any, reader: Reader | None) -> None:
        """`given` holds no word that `reader` may not read; `None`, who administers, may read what is not deleted."""
        shown = given if isinstance(given, str) else json.dumps(plain(given), ensure_ascii=False, default=str)
        names = {name for name, groups in self.readers.items() if reader is None or reader.may_read(groups)}
        allowed = {put.number for put in self.puts if put.document.id in names}
        allowed |= {number for number, name in enumerate(NAMES, start=1) if name in names}
        leaked = numbers_in(shown) - allowed
        assert not leaked, f"{reader} was given words of the revisions {sorted(leaked)}: {shown[:2000]}"

    def same(self, given: Any, alone: Any) -> None:
        ours, theirs = comparable(given), comparable(alone)
        assert ours == theirs, "other documents show through:\n" + "\n".join(differences(ours, theirs))

    def scan(self) -> None:
        """Every byte of the workspace, for what was deleted."""
        gone = {number for number, name in enumerate(NAMES, start=1) if name not in self.readers}
        size, left = left_over(self.root, self.deleted | gone)
        Rights.scanned_bytes += size
        assert not left, left

    def world_of(self, reader: Reader) -> contextlib.AbstractContextManager[Workspace]:
        """A workspace that has what `reader` may read and nothing else."""
        return alone(self.workspace, [put for put in self.puts if reader.may_read(self.readers[put.document.id])])

    def count(self, what: str) -> None:
        Rights.steps[what] += 1
        self.since_opened += 1

    def _revision(
        self, name: str, topics: list[str], readers: frozenset[str] | None, start: int | None
    ) -> tuple[int, Document]:
        number = Rights.number = Rights.number + 1
        return number, revision(number, name, topics, readers, start)

    def _put(self, number: int, document: Document) -> None:
        workspace = self.workspace
        workspace.store.set_format(index_format(workspace.analyser, workspace.embedder))
        passages = passages_of([prepare(document, workspace.embedder)], workspace.analyser, workspace.embedder)[0]
        workspace.store.put(document, passages, content_hash=content_hash(document), today=DAY)
        self.puts.append(Put(number, document, passages))
        self.readers[document.id] = document.readers

    def delete_all(self) -> None:
        """As the last step of all."""
        self.workspace.delete(sorted(self.readers))
        for name in sorted(self.readers):
            self._forget(name)
        self.scan()

    def _forget(self, name: str) -> None:
        self.deleted |= {put.number for put in self.puts if put.document.id == name}
        self.puts = [put for put in self.puts if put.document.id != name]
        del self.readers[name]
