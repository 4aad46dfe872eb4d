from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from groundtune.storage.intervals import ALWAYS, FOREVER, Stated, resolve

DAY = date(2026, 1, 1)
days = st.integers(0, 12).map(lambda n: DAY + timedelta(n))
revisions = st.lists(st.tuples(st.none() | days, st.none() | days, days), min_size=1, max_size=6).map(
    lambda rows: [Stated(number, *row) for number, row in enumerate(rows, 1)]
)


def in_force(revision: list[Stated], day: date) -> int | None:
    """The revision in force on `day`, told day by day: of those that began, the last to begin, unless it has ended."""
    begun = [
        (each.effective_from or (date.min if each.number == 1 else each.added_on), each.number, each)
        for each in revision
    ]
    begun = [entry for entry in begun if entry[0] <= day]
    if not begun:
        return None
    last = max(begun)[2]
    return None if last.effective_to is not None and last.effective_to <= day else last.number


@given(revisions)
def test_intervals_say_for_each_day_what_telling_day_by_day_says(stated: list[Stated]) -> None:
    intervals = resolve(stated)
    for offset in range(-2, 15):
        day = DAY + timedelta(offset)
        holding = [number for number, (start, end) in intervals.items() if start <= day.toordinal() < end]
        expected = in_force(stated, day)
        assert holding == ([] if expected is None else [expected])


def test_a_first_revision_without_dates_has_always_been_in_force() -> None:
    assert resolve([Stated(1, None, None, DAY)]) == {1: (ALWAYS, FOREVER)}


def test_a_later_revision_without_dates_starts_on_the_day_it_was_added() -> None:
    intervals = resolve([Stated(1, None, None, DAY), Stated(2, None, None, DAY + timedelta(5))])
    assert intervals == {
        1: (ALWAYS, (DAY + timedelta(5)).toordinal()),
        2: ((DAY + timedelta(5)).toordinal(), FOREVER),
    }


def test_of_two_revisions_that_start_on_one_day_the_later_one_holds() -> None:
    intervals = resolve([Stated(1, DAY, None, DAY), Stated(2, DAY, None, DAY)])
    assert intervals[1][0] == intervals[1][1]
    assert intervals[2] == (DAY.toordinal(), FOREVER)


def test_every_day_that_a_date_can_name_lies_between_always_and_forever() -> None:
    assert date.min.toordinal() > ALWAYS
    assert date.max.toordinal() < FOREVER
    assert FOREVER < 2**31, "fits int32"
