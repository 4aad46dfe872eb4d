"""Task files are read strictly; whatever is wrong is named with its key."""

import pytest

from groundtune.comparison.tasks import read_task
from groundtune.errors import BadInput, UsageError


@pytest.fixture
def write(tmp_path):
    (tmp_path / "cases.jsonl").write_text("{}\n")

    def task(text):
        path = tmp_path / "policy.toml"
        path.write_text(text, "utf-8")
        return path

    return task


GOOD = """
name = "policy"
kind = "answer"
arms = ["rag-extractive"]
[data]
cases = "cases.jsonl"
[needs]
must_cite = true
knowledge_changes_per_month = 4
queries_per_month = 3000
p95_latency_ms = 2000
margin = 0.02
[cost]
currency = "KRW"
machine_per_hour = 120
[tuning]
rank = 8
"""


def test_a_task_is_read_whole(write, tmp_path):
    task = read_task(write(GOOD))
    assert (task.name, task.kind, task.arms) == ("policy", "answer", ("rag-extractive",))
    assert task.data.cases == tmp_path / "cases.jsonl"
    assert task.needs.must_cite
    assert task.needs.queries_per_month == 3000
    assert task.prices.machine_per_hour == 120
    assert task.prices.per_label is None
    assert task.tuning == {"rank": 8}


def test_labels_come_as_a_list_or_with_their_definitions(write, tmp_path):
    base = 'kind = "classify"\n{}\n[data]\nlabelled = "cases.jsonl"\n'
    assert read_task(write(base.format('labels = ["a", "b"]'))).labels == {"a": "", "b": ""}
    assert read_task(write(base.format("") + '[labels]\na = "first"')).labels == {"a": "first"}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("must_cite", "must_quote"), "needs.must_quote"),
        (("must_cite = true", 'must_cite = "yes"'), "needs.must_cite"),
        (("margin = 0.02", "margin = 2"), "needs.margin"),
        (('kind = "answer"', 'kind = "sing"'), "kind"),
        (('kind = "answer"', ""), "kind"),
        (('"cases.jsonl"', '"nowhere.jsonl"'), "data.cases"),
        (("machine_per_hour = 120", "machine_per_hour = -1"), "cost.machine_per_hour"),
        (("[tuning]", "[tunign]"), "tunign"),
    ],
)
def test_a_wrong_key_or_value_is_named(write, change, named):
    path = write(GOOD.replace(*change))
    with pytest.raises(BadInput) as caught:
        read_task(path)
    assert f"“{named}”" in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", ["../../evil", "/etc/evil", "..", "a/b", "a\\\\b", ".hidden", "two\\nlines"])
def test_a_task_can_not_be_named_into_another_folder(write, name):
    with pytest.raises(BadInput, match="“name”"):
        read_task(write(GOOD.replace('name = "policy"', f'name = "{name}"')))


def test_a_retrieve_task_names_its_pairs_and_has_no_approaches_to_compare(write, tmp_path):
    (tmp_path / "more.jsonl").write_text("")
    path = write('kind = "retrieve"\n[data]\npairs = ["cases.jsonl", "more.jsonl"]\nany_date = true\n')
    task = read_task(path)
    assert [file.name for file in task.data.pairs] == ["cases.jsonl", "more.jsonl"]
    assert (task.data.any_date, task.data.test_share) == (True, 0.4)
    with pytest.raises(UsageError, match="retrieve task"):
        task.comparable_kind()
    for wrong in ('pairs = "nowhere.jsonl"', "pairs = []", 'pairs = "cases.jsonl"\ncases = "cases.jsonl"'):
        with pytest.raises(BadInput, match=r"pairs|cases"):
            read_task(write(f'kind = "retrieve"\n[data]\n{wrong}\n'))


def test_a_tasks_name_may_be_korean_and_hold_spaces(write):
    assert read_task(write(GOOD.replace('name = "policy"', 'name = "사내 규정 2"'))).name == "사내 규정 2"
