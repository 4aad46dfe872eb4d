import json
import math
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from groundtune.knowledge import persisted
from groundtune.knowledge.audit import audit
from groundtune.knowledge.index import Legs, PassageIndex
from groundtune.storage.beside import Beside
from groundtune.storage.database import Database
from groundtune.storage.documents import DocumentStore, IndexFormat, NewPassage
from groundtune.types import EVERYBODY, Document, Reader, Span

DIMENSION = 16
FORMAT = IndexFormat("embedder", DIMENSION, "analyser")
TODAY = date(2026, 6, 1)
STAFF = Reader(frozenset({"staff"}))


def open_store(folder: Path) -> DocumentStore:
    database = Database(folder / "groundtune.sqlite")
    database.connection.execute("PRAGMA synchronous = OFF")
    store = DocumentStore(database)
    store.set_format(FORMAT)
    return store


@pytest.fixture
def store(tmp_path: Path) -> DocumentStore:
    return open_store(tmp_path)


@pytest.fixture
def index(store: DocumentStore, tmp_path: Path) -> PassageIndex:
    return PassageIndex.open(store, tmp_path / "index")


def unit(*numbers: float) -> np.ndarray:
    vector = np.zeros(DIMENSION, np.float32)
    vector[: len(numbers)] = numbers
    return vector / np.linalg.norm(vector)


def put(
    store: DocumentStore,
    name: str,
    *passages: str | tuple[str, np.ndarray | None],
    readers: frozenset[str] | None = None,
    effective_from: date | None = None,
) -> None:
    """Each passage is given by its terms, and maybe a vector."""
    document = Document(name, name, "x" * 99, name, readers=readers, effective_from=effective_from)
    rows = []
    for number, passage in enumerate(passages):
        terms, vector = (passage, None) if isinstance(passage, str) else passage
        rows.append(NewPassage(Span(number, number + 1), tuple(terms.split()), vector))
    store.put(document, rows, content_hash="", today=TODAY)


def names(store: DocumentStore, ids: Sequence[int]) -> list[str]:
    """`document#ordinal` of each passage."""
    found = store.passages(ids, reader=Reader(frozenset({"staff", "board"})), as_of=None)
    return [f"{found[i].document_id}#{found[i].ordinal}" for i in ids]


def best(store: DocumentStore, legs: Legs, leg: str = "lexical") -> list[str]:
    scores = legs.lexical if leg == "lexical" else legs.dense
    assert scores is not None
    return names(store, [int(legs.passage_ids[place]) for place in np.argsort(-scores, kind="stable")])


class Chance:
    """Random changes and queries, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def words(self, most: int) -> list[str]:
        return [f"w{int(self.random.paretovariate(0.7)) % 300}" for _ in range(self.random.randint(1, most))]

    def vector(self) -> np.ndarray:
        return unit(*(self.random.gauss(0, 1) for _ in range(DIMENSION)))

    def readers(self) -> frozenset[str] | None:
        return frozenset(self.random.sample(["staff", "board", "east"], 2)) if self.random.random() < 0.5 else None

    def change(self, store: DocumentStore) -> None:
        name = f"d{self.random.randrange(40)}"
        do = self.random.random()
        if do < 0.6 or store.latest_hash(name) is None:
            passages = [
                (" ".join(self.words(30)), self.vector() if self.random.random() < 0.9 else None)
                for _ in range(self.random.randint(1, 8))
            ]
            start = TODAY + timedelta(self.random.randint(-20, 20)) if self.random.random() < 0.5 else None
            put(store, name, *passages, readers=self.readers(), effective_from=start)
        elif do < 0.8:
            store.delete(name)
        else:
            store.set_readers(name, self.readers())

    def query(self) -> dict[str, object]:
        return {
            "tokens": self.words(8),
            "vector": self.vector(),
            "reader": self.random.choice([EVERYBODY, STAFF]),
            "as_of": self.random.choice([None, TODAY + timedelta(self.random.randint(-20, 20))]),
            "depth": self.random.choice([3, 10, 1000]),
        }


def assert_equal(one: PassageIndex, other: PassageIndex, chance: Chance, queries: int = 10) -> None:
    """The same passages with the same scores, to the last bit."""
    for _ in range(queries):
        query = chance.query()
        a, b = one.legs(**query), other.legs(**query)  # type: ignore[arg-type]
        assert a.passage_ids.tolist() == b.passage_ids.tolist()
        assert np.array_equal(a.lexical, b.lexical)  # type: ignore[arg-type]
        assert np.array_equal(a.dense, b.dense)  # type: ignore[arg-type]


# --- What is found, and its score ---


def test_scores_are_those_of_the_formulas_for_every_candidate(store: DocumentStore, index: PassageIndex) -> None:
    chance = Chance(1)
    for _ in range(60):
        chance.change(store)
    index.catch_up()
    rows = list(store.rows())
    reader = Reader(frozenset({"staff", "board"}))
    rows = [row for row in rows if reader.may_read(row.readers)]
    mean = sum(len(row.tokens) for row in rows) / len(rows)
    holding = Counter(term for row in rows for term in set(row.tokens))
    for _ in range(20):
        terms, vector = chance.words(8), chance.vector()
        legs = index.legs(terms, vector, reader=reader, as_of=None, depth=20)
        by_id = {row.passage_id: row for row in rows}
        for place, passage_id in enumerate(legs.passage_ids.tolist()):
            row = by_id[passage_id]
            counts = Counter(row.tokens)
            expected = sum(
                math.log(1 + (len(rows) - holding[term] + 0.5) / (holding[term] + 0.5))
                * counts[term]
                / (counts[term] + 1.2 * (1 - 0.75 + 0.75 * len(row.tokens) / mean))
                for term in terms
                if counts[term]
            )
            assert legs.lexical is not None
            assert legs.dense is not None
            assert legs.lexical[place] == pytest.approx(expected, rel=1e-5)
            cosine = 0 if row.vector is None else float(row.vector @ vector)
            assert legs.dense[place] == pytest.approx(cosine, abs=1e-6)


def test_each_leg_gives_its_best_and_the_other_leg_s_score_for_them(store: DocumentStore, index: PassageIndex) -> None:
    put(store, "word", ("leave", unit(0, 1)))
    put(store, "meaning", ("holiday", unit(1, 0)))
    put(store, "neither", ("payroll", unit(0, 0, 1)))
    index.catch_up()
    legs = index.legs(["leave"], unit(1, 0.1), reader=EVERYBODY, as_of=TODAY, depth=1)
    assert names(store, legs.passage_ids.tolist()) == ["word#0", "meaning#0"]
    assert legs.lexical is not None
    assert legs.dense is not None
    assert legs.lexical[0] > 0 == legs.lexical[1]
    assert legs.dense.tolist() == pytest.approx([0.0995, 0.995], abs=1e-3)


def test_a_leg_that_is_not_asked_gives_no_scores(store: DocumentStore, index: PassageIndex) -> None:
    put(store, "a", ("leave", unit(1)))
    index.catch_up()
    words = index.legs(["leave"], None, reader=EVERYBODY, as_of=TODAY, depth=5)
    meaning = index.legs(None, unit(1), reader=EVERYBODY, as_of=TODAY, depth=5)
    assert words.dense is None
    assert meaning.lexical is None
    assert len(words.passage_ids) == len(meaning.passage_ids) == 1


def test_a_passage_without_a_vector_is_found_by_its_words_alone(store: DocumentStore, index: PassageIndex) -> None:
    put(store, "bare", "leave")
    put(store, "far", ("payroll", unit(-1)))
    index.catch_up()
    legs = index.legs(["leave"], unit(1), reader=EVERYBODY, as_of=TODAY, depth=1)
    assert names(store, legs.passage_ids.tolist()) == ["bare#0", "far#0"]
    assert legs.dense is not None
    assert legs.dense.tolist() == pytest.approx([0, -1])


def test_words_that_nobody_used_find_nothing(store: DocumentStore, index: PassageIndex) -> None:
    put(store, "a", "leave")
    index.catch_up()
    for terms in (["unheard"], []):
        assert len(index.legs(terms, None, reader=EVERYBODY, as_of=TODAY, depth=5).passage_ids) == 0


def test_an_empty_store_is_searched_without_complaint(index: PassageIndex) -> None:
    legs = index.legs(["leave"], unit(1), reader=EVERYBODY, as_of=TODAY, depth=5)
    assert len(legs.passage_ids) == 0


def test_a_store_of_which_nothing_was_said_yet_is_searched_without_complaint(tmp_path: Path) -> None:
    store = DocumentStore(Database(tmp_path / "groundtune.sqlite"))
    index = PassageIndex.open(store, tmp_path / "index")
    assert len(index.legs(["leave"], unit(1), reader=EVERYBODY, as_of=TODAY, depth=5).passage_ids) == 0
    store.set_format(FORMAT)
    put(store, "a", ("leave", unit(1)))
    index.catch_up()
    assert len(index.legs(["leave"], unit(1), reader=EVERYBODY, as_of=TODAY, depth=5).passage_ids) == 1


def test_a_weighted_or_repeated_term_counts_more(store: DocumentStore, index: PassageIndex) -> None:
    put(store, "a", "leave")
    put(store, "b", "payroll")
    index.catch_up()

    def first(terms: list[str], weights: dict[str, float] | None = None) -> str:
        legs = index.legs(terms, None, reader=EVERYBODY, as_of=TODAY, depth=5, token_weights=weights)
        return best(store, legs)[0]

    assert first(["leave", "payroll", "payroll"]) == "b#0"
    assert first(["payroll", "leave", "leave"]) == "a#0"
    assert first(["leave", "payroll", "payroll"], {"leave": 3.0}) == "a#0"


@pytest.mark.parametrize("count", [5, 3000])
def test_equals_go_to_those_that_were_stored_first(store: DocumentStore, index: PassageIndex, count: int) -> None:
    document = Document("a", "a", "x" * count, "a")
    rows = [NewPassage(Span(i, i + 1), ("leave",), unit(1)) for i in range(count)]
    store.put(document, rows, content_hash="", today=TODAY)
    index.catch_up()
    legs = index.legs(["leave"], unit(1), reader=EVERYBODY, as_of=TODAY, depth=3)
    assert names(store, legs.passage_ids.tolist()) == ["a#0", "a#1", "a#2"]


def test_filters_act_before_ranking(store: DocumentStore, index: PassageIndex) -> None:
    for number in range(300):
        put(store, f"hidden{number}", ("leave leave leave", unit(1)), readers=frozenset({"board"}))
        put(store, f"later{number}", ("leave leave", unit(1)), effective_from=date(2030, 1, 1))
    put(store, "shown", ("leave and much else that makes it rank last", unit(0.1, 1)))
    put(store, "ours", ("leave and more", unit(0.2, 1)), readers=frozenset({"staff", "board"}))
    index.catch_up()
    public = index.legs(["leave"], unit(1), reader=EVERYBODY, as_of=TODAY, depth=10)
    assert names(store, public.passage_ids.tolist()) == ["shown#0"]
    staff = index.legs(["leave"], unit(1), reader=STAFF, as_of=TODAY, depth=10)
    assert names(store, staff.passage_ids.tolist()) == ["shown#0", "ours#0"]


# --- Keeping up ---


def test_the_index_that_kept_up_equals_one_made_anew_to_the_last_bit(
    store: DocumentStore, index: PassageIndex, tmp_path: Path
) -> None:
    chance = Chance(2)
    for step in range(240):
        chance.change(store)
        if step % 3 == 0:
            index.catch_up()
        if step == 100:
            index.save()
        if step % 30 == 29:
            index.catch_up()
            assert_equal(index, PassageIndex.open(store, tmp_path / f"anew{step}"), chance)
            assert audit(store, index).clean


def test_a_fresh_passage_ranks_at_once_as_it_will_after_a_rebuild(
    store: DocumentStore, index: PassageIndex, tmp_path: Path
) -> None:
    chance = Chance(3)
    for _ in range(50):
        chance.change(store)
    index.catch_up()
    put(store, "amended", ("amended rule on leave", unit(1)))
    index.catch_up()
    asked = {"reader": EVERYBODY, "as_of": TODAY, "depth": 5}
    now = index.legs(["amended", "leave"], unit(1), **asked)  # type: ignore[arg-type]
    later = PassageIndex.open(store, tmp_path / "anew").legs(["amended", "leave"], unit(1), **asked)  # type: ignore[arg-type]
    assert best(store, now)[0] == best(store, now, "dense")[0] == "amended#0"
    assert np.array_equal(now.lexical, later.lexical)  # type: ignore[arg-type]


def test_a_deleted_document_is_not_found_after_catching_up(store: DocumentStore, index: PassageIndex) -> None:
    put(store, "a", ("leave", unit(1)))
    put(store, "b", ("leave", unit(1)))
    index.catch_up()
    store.delete("a")
    index.catch_up()
    legs = index.legs(["leave"], unit(1), reader=EVERYBODY, as_of=None, depth=5)
    assert names(store, legs.passage_ids.tolist()) == ["b#0"]


def test_a_revoked_reader_finds_nothing_after_catching_up(store: DocumentStore, index: PassageIndex) -> None:
    put(store, "a", ("leave", unit(1)), readers=frozenset({"staff"}))
    index.catch_up()
    assert len(index.legs(["leave"], None, reader=STAFF, as_of=None, depth=5).passage_ids) == 1
    store.set_readers("a", frozenset({"board"}))
    index.catch_up()
    assert len(index.legs(["leave"], unit(1), reader=STAFF, as_of=None, depth=5).passage_ids) == 0


def test_after_reindexing_the_new_terms_and_vectors_are_searched(store: DocumentStore, index: PassageIndex) -> None:
    put(store, "a", ("old", unit(1)))
    index.catch_up()
    (revision,) = store.revisions("a")
    fresh = [NewPassage(Span(0, 1), ("new",), np.array([1, 0], np.float32))]
    beside, other = Beside(store._db), IndexFormat("other", 2, "other")
    beside.begin(other, "1")
    beside.put(other, {revision.id: fresh})
    assert beside.switch()
    index.catch_up()
    assert len(index.legs(["old"], None, reader=EVERYBODY, as_of=None, depth=5).passage_ids) == 0
    legs = index.legs(["new"], np.array([1, 0], np.float32), reader=EVERYBODY, as_of=None, depth=5)
    assert names(store, legs.passage_ids.tolist()) == ["a#0"]


def test_a_restored_backup_is_noticed_and_indexed_anew(store: DocumentStore, tmp_path: Path) -> None:
    put(store, "common", "leave")
    backup = tmp_path / "elsewhere"
    backup.mkdir()
    copy = Database(backup / "groundtune.sqlite")
    DocumentStore(Database(tmp_path / "groundtune.sqlite"))._db.connection.backup(copy.connection)
    put(store, "lost", "leave")
    PassageIndex.open(store, tmp_path / "index").save()
    restored = open_store(backup)
    put(restored, "other", "leave")
    assert restored.last_change() == store.last_change()
    index = PassageIndex.open(restored, tmp_path / "index")
    legs = index.legs(["leave"], None, reader=EVERYBODY, as_of=None, depth=5)
    assert names(restored, legs.passage_ids.tolist()) == ["common#0", "other#0"]


# --- Audit ---


@pytest.mark.parametrize(
    ("harm", "finding"),
    [
        ("UPDATE passages SET tokens = 'other' WHERE id = 1", "different"),
        ("UPDATE passages SET vector = zeroblob(64) WHERE id = 1", "different"),
        ("UPDATE revisions SET in_force_to = 5", "different"),
        ("UPDATE documents SET readers = '[\"board\"]'", "different"),
        ("DELETE FROM passages WHERE id = 1", "stale"),
        ("INSERT INTO passages SELECT 99, 1, 99, 0, 1, '[]', '', '', NULL", "missing"),
    ],
)
def test_the_audit_sees_what_differs(store: DocumentStore, index: PassageIndex, harm: str, finding: str) -> None:
    put(store, "a", ("leave", unit(1)), ("pay", unit(1)))
    assert audit(store, index).clean
    with store._db.transaction() as connection:
        connection.execute(harm)
    report = audit(store, index)
    assert not report.clean
    assert getattr(report, finding) >= 1


# --- On disk ---


@pytest.fixture
def saved(store: DocumentStore, tmp_path: Path) -> Path:
    """The folder of a saved index of some documents."""
    chance = Chance(4)
    for _ in range(40):
        chance.change(store)
    PassageIndex.open(store, tmp_path / "index").save()
    return tmp_path / "index"


def test_a_saved_index_is_opened_without_reading_the_rows(store: DocumentStore, saved: Path) -> None:
    statements: list[str] = []
    store._db.connection.set_trace_callback(statements.append)
    index = PassageIndex.open(store, saved)
    store._db.connection.set_trace_callback(None)
    assert not [statement for statement in statements if "tokens" in statement]
    assert audit(store, index).clean


def test_the_vectors_of_a_saved_index_are_mapped_not_copied(store: DocumentStore, saved: Path) -> None:
    found = persisted.load(saved, FORMAT)
    assert found is not None
    assert isinstance(found.vectors.base, np.memmap)


def test_an_opened_index_catches_up_with_what_was_added_since(
    store: DocumentStore, saved: Path, tmp_path: Path
) -> None:
    chance = Chance(5)
    for _ in range(20):
        chance.change(store)
    index = PassageIndex.open(store, saved)
    assert_equal(index, PassageIndex.open(store, tmp_path / "anew"), chance)


def _truncate(folder: Path) -> None:
    (file,) = folder.glob("*/vectors.npy")
    file.write_bytes(file.read_bytes()[:200])


def _flip(folder: Path) -> None:
    (file,) = folder.glob("*/postings_slots.npy")
    content = bytearray(file.read_bytes())
    content[-3] ^= 0xFF
    file.write_bytes(content)


def _remove(folder: Path) -> None:
    (file,) = folder.glob("*/alive.npy")
    file.unlink()


def _edit(**values: object) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        pointer = folder / "index.json"
        pointer.write_text(json.dumps(json.loads(pointer.read_text()) | values))

    return edit


@pytest.mark.parametrize(
    "harm",
    [
        _truncate,
        _flip,
        _remove,
        _edit(layout=0),
        _edit(folder="../.."),
        _edit(position={"number": 1, "mark": 1}),
        _edit(sums={}),
        lambda folder: (folder / "index.json").write_text("{not json"),
        lambda folder: (folder / "index.json").write_text("[]"),
        lambda folder: shutil.rmtree(folder),
    ],
)
def test_a_damaged_or_foreign_folder_is_made_anew(
    store: DocumentStore, saved: Path, tmp_path: Path, harm: Callable[[Path], object]
) -> None:
    harm(saved)
    index = PassageIndex.open(store, saved)
    assert_equal(index, PassageIndex.open(store, tmp_path / "anew"), Chance(6))
    assert audit(store, index).clean
    assert persisted.load(saved, FORMAT) is not None, "and the next process finds it whole"


def test_an_index_of_another_format_is_not_taken(store: DocumentStore, saved: Path) -> None:
    assert persisted.load(saved, IndexFormat("other", DIMENSION, "analyser")) is None


def test_a_process_that_died_while_saving_is_not_noticed(store: DocumentStore, saved: Path) -> None:
    half = saved / "99-unfinished"
    half.mkdir()
    (half / "vectors.npy").write_bytes(b"half")
    assert audit(store, PassageIndex.open(store, saved)).clean


def test_saving_leaves_nothing_of_what_was_deleted(store: DocumentStore, saved: Path) -> None:
    put(store, "kim-minji-review", ("confidentialterm", unit(1)))
    index = PassageIndex.open(store, saved)
    index.save()
    everything = lambda: b"".join(file.read_bytes() for file in saved.rglob("*") if file.is_file())  # noqa: E731
    for number in range(20):
        put(store, f"more{number}", "words")
    index.catch_up()
    index.save()
    assert b"confidentialterm" in everything()
    store.delete("kim-minji-review")
    index.catch_up()
    index.save()
    assert b"confidentialterm" not in everything()
    assert len([entry for entry in saved.iterdir() if entry.is_dir()]) == 1


def test_saving_leaves_nothing_of_a_deletion_so_large_that_the_index_was_compacted(
    store: DocumentStore, tmp_path: Path
) -> None:
    put(store, "kept", "words")
    put(store, "large", *["confidentialterm"] * 90)
    put(store, "larger", *["confidentialterm"] * 90)
    put(store, "largest", *["confidentialterm"] * 90)
    index = PassageIndex.open(store, tmp_path / "index")
    for name in ("large", "larger", "largest"):
        store.delete(name)
    index.save()
    assert b"confidentialterm" not in b"".join(file.read_bytes() for file in (tmp_path / "index").glob("*/*"))


def test_an_emptied_store_leaves_no_index_behind(store: DocumentStore, tmp_path: Path) -> None:
    put(store, "a", "confidentialterm")
    index = PassageIndex.open(store, tmp_path / "index")
    store.delete("a")
    index.save()
    assert not [entry for entry in (tmp_path / "index").rglob("*") if entry.is_file()]


# --- Several processes ---

READER = """
import sys
from pathlib import Path
from groundtune.knowledge.index import PassageIndex
from groundtune.storage.beside import Beside
from groundtune.storage.database import Database
from groundtune.storage.documents import DocumentStore
from groundtune.types import EVERYBODY
folder = Path(sys.argv[1])
store = DocumentStore(Database(folder / "groundtune.sqlite"))
index = PassageIndex.open(store, folder / "index")
print("ready", flush=True)
for line in sys.stdin:
    index.catch_up()
    legs = index.legs(line.split(), None, reader=EVERYBODY, as_of=None, depth=50)
    shown = store.passages(legs.passage_ids.tolist(), reader=EVERYBODY, as_of=None)
    print(*sorted({passage.document_id for passage in shown.values()}), flush=True)
"""


def test_another_process_sees_a_commit_at_its_next_search(store: DocumentStore, tmp_path: Path) -> None:
    put(store, "a", "leave")
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

        def ask() -> str:
            print("leave", file=process.stdin, flush=True)
            return process.stdout.readline().strip()  # type: ignore[union-attr]

        assert ask() == "a"
        put(store, "b", "leave leave")
        assert ask() == "a b"
        store.set_readers("a", frozenset({"staff"}))
        assert ask() == "b"
        store.delete("b")
        assert ask() == ""
        store.set_readers("a", None)
        PassageIndex.open(store, tmp_path / "index").save()
        assert ask() == "a"
        process.stdin.close()


def test_where_nothing_can_be_written_search_works_all_the_same(store: DocumentStore, tmp_path: Path) -> None:
    put(store, "a", ("leave", unit(1)))
    (tmp_path / "index").write_text("a file where the folder should be")
    index = PassageIndex.open(store, tmp_path / "index")
    legs = index.legs(["leave"], unit(1), reader=EVERYBODY, as_of=None, depth=5)
    assert names(store, legs.passage_ids.tolist()) == ["a#0"]


def test_passages_without_any_term_are_saved_too(store: DocumentStore, tmp_path: Path) -> None:
    put(store, "a", ("", unit(1)))
    PassageIndex.open(store, tmp_path / "index").save()
    assert persisted.load(tmp_path / "index", FORMAT) is not None
    index = PassageIndex.open(store, tmp_path / "index")
    legs = index.legs(["leave"], unit(1), reader=EVERYBODY, as_of=None, depth=5)
    assert names(store, legs.passage_ids.tolist()) == ["a#0"]
