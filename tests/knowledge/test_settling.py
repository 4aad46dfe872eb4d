"""A file is handed out once for each change, and not before it has come to rest."""

from __future__ import annotations

from groundtune.knowledge.folders import Stamp
from groundtune.knowledge.settling import Settled, Settling

NOTHING = Settled()


def at(modified: int, size: int = 100) -> Stamp:
    return Stamp(size, modified, modified, 1)


def test_what_was_there_from_the_beginning_is_no_change() -> None:
    settling = Settling(known={"a.md": at(1)})
    assert settling.look({"a.md": at(1)}, 0.0) == NOTHING
    assert settling.look({"a.md": at(1)}, 9.0) == NOTHING


def test_a_change_is_handed_out_once_when_it_has_rested() -> None:
    settling = Settling(known={"a.md": at(1)})
    assert settling.look({"a.md": at(2)}, 0.0) == NOTHING
    assert settling.look({"a.md": at(2)}, 0.1) == NOTHING
    assert settling.look({"a.md": at(2)}, 0.21) == Settled(changed=("a.md",))
    assert settling.look({"a.md": at(2)}, 5.0) == NOTHING


def test_a_file_that_is_being_written_waits_until_nobody_writes() -> None:
    settling = Settling()
    for moment in range(20):
        assert settling.look({"a.md": at(moment)}, moment * 0.15) == NOTHING
    assert settling.look({"a.md": at(19)}, 19 * 0.15 + 0.2) == Settled(changed=("a.md",))


def test_a_big_file_and_one_that_was_just_begun_wait_longer() -> None:
    settling = Settling()
    seen = {"big.pdf": at(1, 5 << 20), "empty.md": at(1, 0), "small.md": at(1)}
    settling.look(seen, 0.0)
    assert settling.look(seen, 0.5).changed == ("small.md",)
    assert settling.look(seen, 1.6).changed == ("big.pdf", "empty.md")


def test_a_save_that_deletes_and_writes_anew_is_a_change_and_no_delete() -> None:
    settling = Settling(known={"a.md": at(1)})
    assert settling.look({}, 0.0) == NOTHING
    assert settling.look({}, 0.5) == NOTHING
    assert settling.look({"a.md": at(2)}, 0.7) == NOTHING
    assert settling.look({"a.md": at(2)}, 1.0) == Settled(changed=("a.md",))


def test_what_stays_away_is_gone_and_what_came_and_went_never_was() -> None:
    settling = Settling(known={"a.md": at(1)})
    settling.look({"b.md": at(1)}, 0.0)
    assert settling.look({}, 1.6) == Settled(gone=("a.md",))
    assert settling.look({}, 9.0) == NOTHING


def test_what_failed_is_handed_out_again_at_the_next_look() -> None:
    settling = Settling(known={"a.md": at(1), "b.md": at(1)})
    seen = {"b.md": at(2)}
    settling.look(seen, 0.0)
    settled = settling.look(seen, 2.0)
    assert settled == Settled(changed=("b.md",), gone=("a.md",))
    settling.again(settled)
    assert settling.look(seen, 2.1) == settled
    assert settling.look(seen, 9.0) == NOTHING
