"""A person who is erased is nowhere in the workspace's bytes, and everybody else is where he or she was."""

from __future__ import annotations

import base64
import io
import json
import shutil
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from groundtune.cli import main
from groundtune.comparison.tasks import read_task
from groundtune.errors import IndexMismatch, UnknownName
from groundtune.knowledge.audit import audit
from groundtune.models.fakes import HashEmbedder
from groundtune.privacy import MARK, Finder, Person
from groundtune.storage.erasures import Erasures
from groundtune.storage.registry import NewModel
from groundtune.storage.results import Measured
from groundtune.storage.soundness import soundness
from groundtune.tuning.prepare import prepare
from groundtune.types import Output, Question
from groundtune.workspace import Workspace
from groundtune.workspace.erasing import Certificate, erase
from groundtune.workspace.erasing_files import places_in_archive
from groundtune.workspace.erasing_look import Request, look

NAME = "홍길동"
REQUEST = Request(Person((NAME, "Gildong Hong"), ("hong@corp.example",), ("010-1234-5678",), ("E-10432",)))
DECOMPOSED = unicodedata.normalize("NFD", NAME)
PAGES = {
    "contact.md": (
        "# 연락처\n\n안전 담당자는 홍길동 과장이며 전화는 010 1234 5678입니다. 급한 일은 먼저 알립니다.\n\n"
        "## 사무실\n\n사무실은 3층에 있고 오전 9시에 엽니다.\n"
    ),
    "spaced.md": f"# 당직\n\n주말 당직은 홍 길동, {DECOMPOSED}님, Hong, Gildong이 맡습니다. 당직비는 5만 원입니다.\n",
    "홍길동.md": "# 면담 기록\n\n이 사람은 서울에 살고 연봉은 5천만 원이며 건강이 좋지 않습니다.\n",
    "parking.md": "# Parking\n\nA monthly parking permit costs 35,000 won for staff. Ask 홍길순 about it.\n",
}
ROWS = [
    {"text": "홍길동은 열심히 일합니다", "label": "a"},
    *({"text": f"글 {number} {label}", "label": label} for number in range(8) for label in "ab"),
]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    root = tmp_path / "ws"
    Workspace.create(root)
    (root / "groundtune.toml").write_text('embedder = "fake:hash"\nanalyser = "bigram"\n', "utf-8")
    inside, outside = root / "handbook", tmp_path / "outside"
    for folder in (inside, outside):
        folder.mkdir()
        for name, text in PAGES.items():
            (folder / name).write_text(text, "utf-8")
    (outside / "contact.md").write_text("---\nid: other\n---\n" + PAGES["contact.md"], "utf-8")
    made = Workspace.open(root)
    made.add([inside])
    made.add([outside / "contact.md"])
    tasks = root / "tasks"
    tasks.mkdir()
    (tasks / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), "utf-8")
    (tasks / "kinds.toml").write_text('kind = "classify"\n[data]\nlabelled = "rows.jsonl"\n', "utf-8")
    for text in (f"Who is {NAME}?", "What does a monthly parking permit cost for staff?", "안전 담당자는 누구입니까?"):
        made.answers.keep(made.answers.ask(Question(text, date.today())))
    for number, text in enumerate((f"Ask {NAME}.", "35,000 won")):
        made.results.put("policy", f"{number}", "arm", "rag", f"case {number}", Measured(Output(text), 1.0))
    made.results.add_finding(
        "policy", "comparison", {"cases": [{"text": f"Ask {NAME}.", "n": 7}, {"text": "35,000 won"}]}
    )
    (root / "reports" / "policy.html").write_text(
        "<p>Ask &#54861;&#44600;&#46041; or 홍길동.</p><p>35,000 won</p>", "utf-8"
    )
    (root / "reports" / "policy.json").write_text(json.dumps({"text": NAME, "n": 7}), "utf-8")
    (tmp_path / "broken 홍길동.pdf").write_bytes(b"%PDF-1.4 nothing")
    made.add([tmp_path / "broken 홍길동.pdf"])
    made.database.checkpoint()
    shutil.copy(made.settings.database, root / "before.sqlite")
    return made


def bytes_left(root: Path, words: Sequence[str] = (NAME, "Gildong", "1234", "E-10432")) -> list[str]:
    """An independent look: each word in each encoding, in every file and name."""
    found = []
    for path in root.rglob("*"):
        for word in words:
            forms = [word, unicodedata.normalize("NFD", word), "_홍길\n_길동", "홍 길동", "010 1234"]
            if any(form in str(path.relative_to(root)) for form in forms[:2]):
                found.append(str(path))
            if path.is_file():
                data = path.read_bytes().lower()
                encoded = [
                    form.lower().encode(code)
                    for form in forms
                    for code in ("utf-8", "utf-16-le", "cp949")
                    if form.isascii() or code != "cp949" or form == NAME
                ]
                encoded += [json.dumps(word).strip('"').lower().encode()]
                found += [f"{path}: {form!r}" for form in encoded if form in data]
    return found


def erased(workspace: Workspace, request: Request = REQUEST) -> Certificate:
    return erase(workspace, request, look(workspace, request))


def test_everything_that_names_the_person_is_found_with_its_place(workspace: Workspace) -> None:
    found = look(workspace, REQUEST)
    actions = {document.id: document.action for document in found.documents}
    assert actions == {"contact.md": "redact", "other": "redact", "spaced.md": "redact", "홍길동.md": "delete"}
    contact = next(document for document in found.documents if document.id == "contact.md")
    assert [(revision, line.number) for revision, line in contact.lines] == [(1, 3), (1, 3)]
    assert "안전 담당자는 홍길동 과장" in contact.lines[0][1].context
    assert {row.table for row in found.rows} == {
        "answers",
        "outcomes",
        "findings",
        "refusals",
        "origins",
        "origin_documents",
    }
    files = {file.path.name: file.action for file in found.files}
    assert files == {
        "contact.md": "redact", "spaced.md": "redact", "홍길동.md": "delete", "rows.jsonl": "redact",
        "policy.html": "redact", "policy.json": "redact", "before.sqlite": "delete",
    }  # fmt: skip
    assert [Path(path).name for path, _ in found.outside] == ["contact.md"]


def test_nothing_of_the_person_is_left_in_the_workspaces_bytes(workspace: Workspace) -> None:
    root = workspace.settings.root
    assert bytes_left(root), "there was something to find"
    certificate = erased(workspace)
    workspace.database.close()
    assert certificate.whole, (certificate.scan.hits, certificate.left)
    assert certificate.scan.bytes > 100_000
    assert bytes_left(root) == []


def test_everybody_else_stays_and_the_workspace_is_sound(workspace: Workspace, tmp_path: Path) -> None:
    outside = (tmp_path / "outside" / "contact.md").read_bytes()
    erased(workspace)
    store = workspace.store
    assert [info.id for info in store.documents()] == ["contact.md", "other", "parking.md", "spaced.md"]
    (contact,) = store.revisions("contact.md")
    assert contact.text.startswith(f"# 연락처\n\n안전 담당자는 {MARK} 과장이며 전화는 {MARK}입니다.")
    assert "홍길순" in store.revisions("parking.md")[0].text
    assert soundness(workspace.database).sound
    assert audit(store, workspace.index).clean
    hits = workspace.searcher.search("사무실은 몇 층에 있습니까?", as_of=date.today())
    assert "3층" in hits[0].passage.text
    assert hits[0].passage.text in contact.text or "3층" in contact.text
    questions = [kept.question for kept in workspace.answers.store.all()]
    assert not [question for question in questions if NAME in str(question)]
    assert [str(question) for question in questions if "parking" in str(question)]
    assert (tmp_path / "outside" / "contact.md").read_bytes() == outside
    report = json.loads((workspace.settings.reports / "policy.json").read_text("utf-8"))
    assert report == {"text": MARK, "n": 7}
    rows = (workspace.settings.root / "tasks" / "rows.jsonl").read_text("utf-8").splitlines()
    assert json.loads(rows[0])["text"] == f"{MARK}은 열심히 일합니다"
    assert len(rows) == len(ROWS)


def test_redacted_documents_keep_their_revisions_dates_and_readers(workspace: Workspace, tmp_path: Path) -> None:
    page = tmp_path / "dated.md"
    for day, words in (("2025-01-01", "홍길동이 맡는다."), ("2026-01-01", "다른 사람이 맡는다.")):
        page.write_text(f"---\nid: dated\neffective_from: {day}\nreaders: [board]\n---\n# 책임\n\n{words}\n", "utf-8")
        workspace.add([page])
    erased(workspace)
    first, second = workspace.store.revisions("dated")
    assert (first.text, first.effective_from) == (f"# 책임\n\n{MARK}이 맡는다.", date(2025, 1, 1))
    assert (second.text, second.number) == ("# 책임\n\n다른 사람이 맡는다.", 2)
    assert next(info.readers for info in workspace.store.documents() if info.id == "dated") == {"board"}


def test_all_documents_that_name_the_person_are_deleted_or_redacted_when_that_is_asked(workspace: Workspace) -> None:
    kept = erased(workspace, Request(REQUEST.person, "redact"))
    assert kept.whole
    assert kept.deleted == 0
    assert f"{MARK}.md" in [info.id for info in workspace.store.documents()]


def test_deleting_all_of_them_leaves_the_others(workspace: Workspace) -> None:
    certificate = erased(workspace, Request(REQUEST.person, "delete"))
    assert certificate.whole
    assert [info.id for info in workspace.store.documents()] == ["parking.md"]


def test_a_document_that_means_somebody_else_stays_as_it_is(workspace: Workspace) -> None:
    request = Request(REQUEST.person, excepted=("other",))
    certificate = erased(workspace, request)
    assert certificate.whole
    assert not certificate.scan.by_bytes, "the database was judged by its rows"
    assert "홍길동 과장" in workspace.store.revisions("other")[0].text
    with pytest.raises(UnknownName):
        look(workspace, Request(REQUEST.person, excepted=("nothing",)))


def test_files_and_rows_that_mean_somebody_else_stay_as_they_are(workspace: Workspace) -> None:
    root = workspace.settings.root
    rows = root / "people.jsonl"
    people = [{"id": f"p{n}", "text": f"{NAME} works on floor {n} of it."} for n in (1, 2)]
    rows.write_text("".join(json.dumps(person) + "\n" for person in people), "utf-8")
    workspace.add([rows])
    (root / "notes.txt").write_text(f"{NAME} of another town", "utf-8")
    certificate = erased(workspace, Request(REQUEST.person, excepted=("p2", "contact.md", "notes.txt")))
    assert certificate.whole, certificate.scan.hits
    texts = [json.loads(line)["text"] for line in rows.read_text("utf-8").splitlines()]
    assert texts == [f"{MARK} works on floor 1 of it.", f"{NAME} works on floor 2 of it."]
    assert (root / "notes.txt").read_text("utf-8").startswith(NAME)
    assert (root / "handbook" / "contact.md").read_text("utf-8") == PAGES["contact.md"]
    assert NAME in workspace.store.revisions("p2")[0].text
    assert NAME not in workspace.store.revisions("p1")[0].text


def test_models_that_know_the_person_are_named_and_left_alone(workspace: Workspace) -> None:
    root = workspace.settings.root
    data = prepare(read_task(root / "tasks" / "kinds.toml"))[0]
    for name, hashed in (("kinds", data.data_hash), ("kinds", "earlier"), ("other", "elsewhere")):
        staged = workspace.settings.models / "staged"
        staged.mkdir(parents=True)
        (staged / "weights.bin").write_bytes(b"1234567")
        workspace.registry.register(NewModel(name, "classify", "base", hashed, "split", {}, 0, {}, {}), staged)
    run = workspace.settings.models / ".runs" / "kinds-1234"
    run.mkdir(parents=True)
    (run / "checkpoint.pt").write_bytes(b"half")
    certificate = erased(workspace)
    assert certificate.whole
    assert {model.model: model.knows for model in certificate.models} == {
        "kinds@1": "yes", "kinds@2": "perhaps", "other@1": "unknown",
    }  # fmt: skip
    assert [model.rows for model in certificate.models if model.knows == "yes"] == [1]
    assert len(workspace.registry.list()) == 3
    assert all((version.folder / "weights.bin").is_file() for version in workspace.registry.list())
    assert not run.exists(), "it can't be continued: its rows are others now"
    (kept,) = Erasures(workspace.database).all()
    assert kept.certificate["models"] == ["kinds@1", "kinds@2"]


def test_a_line_that_many_documents_share_may_come_again(workspace: Workspace, tmp_path: Path) -> None:
    shared = "This page is meant for people who work here and for nobody else."
    for name, text in (("홍길동 file.md", f"# {NAME}\n\n{shared}\n"), ("new.md", f"# New\n\n{shared}\n")):
        (tmp_path / name).write_text(text, "utf-8")
    workspace.add([tmp_path / "홍길동 file.md"])
    erased(workspace)
    assert workspace.add([tmp_path / "new.md"]).added == ["new.md"]


def test_what_was_erased_does_not_come_back_with_its_file(workspace: Workspace, tmp_path: Path) -> None:
    erased(workspace)
    (tmp_path / "outside" / "parking.md").unlink()
    report = workspace.add([tmp_path / "outside"])
    refused = {Path(refusal.path).name: refusal for refusal in report.refused}
    assert set(refused) == {"contact.md", "홍길동.md", "spaced.md"}
    assert "Line 3 of its text was erased" in refused["contact.md"].reason
    assert NAME not in refused["contact.md"].reason
    workspace.database.checkpoint()
    assert NAME.encode() not in workspace.settings.database.read_bytes()
    changed = tmp_path / "outside" / "contact.md"
    changed.write_text(changed.read_text("utf-8").replace("홍길동", "임꺽정").replace("010 1234 5678", "다음"), "utf-8")
    assert "other" in workspace.add([changed]).updated


def test_what_remains_of_an_erasure_names_nobody_and_cannot_be_guessed(workspace: Workspace) -> None:
    erased(workspace)
    (kept,) = Erasures(workspace.database).all()
    assert kept.finished_at is not None
    assert not Finder(REQUEST.person).names(json.dumps(kept.certificate, ensure_ascii=False))
    assert kept.certificate["documents_deleted"] == 1
    assert kept.work == {}
    rows = workspace.database.connection.execute("SELECT request FROM erasures").fetchall()
    assert [row[0] for row in rows] == [None]


def test_a_short_name_is_proven_by_rows_and_texts(workspace: Workspace, tmp_path: Path) -> None:
    page = tmp_path / "short.md"
    page.write_text("# 당번\n\n오늘 당번은 김솔입니다. 새김솔은 서랍에 있습니다.\n", "utf-8")
    workspace.add([page])
    certificate = erased(workspace, Request(Person(("김솔",))))
    assert certificate.whole
    assert not certificate.scan.by_bytes
    assert workspace.store.revisions("short.md")[0].text.endswith(f"{MARK}입니다. 새김솔은 서랍에 있습니다.")


def test_another_embedder_than_the_stored_one_erases_nothing(workspace: Workspace) -> None:
    workspace.database.close()
    other = Workspace(replace(workspace.settings, embedder="fake:hash32"))
    other.embedder = HashEmbedder(32)
    before = look(other, REQUEST)
    with pytest.raises(IndexMismatch):
        erase(other, REQUEST, before)
    assert look(other, REQUEST) == before
    assert Erasures(other.database).all() == []


def test_a_mail_that_spells_the_name_otherwise_is_named(workspace: Workspace) -> None:
    body = base64.b64encode(f"{NAME} 과장에게 물어보십시오.".encode()).decode()
    head = "From: a@corp.example\nTo: b@corp.example\nSubject: hello\nMIME-Version: 1.0\n"
    mail = f"{head}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{body}\n"
    (workspace.settings.root / "mail.eml").write_text(mail, "utf-8")
    (found,) = [file for file in look(workspace, REQUEST).files if file.path.name == "mail.eml"]
    assert found.action == "by hand"
    assert not erased(workspace).whole


def test_the_command_shows_first_asks_and_proves(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.database.close()
    words = ["erase", "--person", NAME, "--also", "Gildong Hong", "--json", "-w", str(workspace.settings.root)]
    main([*words, "--dry-run"])
    shown = json.loads(capsys.readouterr().out)
    assert (shown["schema"], shown["done"], shown["certificate"]) == ("groundtune.erase/1", False, None)
    assert {document["id"]: document["action"] for document in shown["documents"]}["홍길동.md"] == "delete"
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 130
    assert NAME.encode() in workspace.settings.database.read_bytes(), "nobody said yes"
    capsys.readouterr()
    assert not main([*words, "--yes"])
    told = json.loads(capsys.readouterr().out)
    assert (told["done"], told["unfinished"], told["certificate"]["scan"]["hits"]) == (True, False, [])
    assert told["certificate"]["documents_deleted"] == 1
    assert NAME.encode() not in workspace.settings.database.read_bytes()


def test_a_file_that_cannot_be_rewritten_is_named_and_the_same_command_ends_when_it_is_gone(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    import zipfile

    path = workspace.settings.root / "letter.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"<w:t>{NAME}</w:t>")
    words = ["erase", "--person", NAME, "--also", "Gildong Hong", "--yes", "-w", str(workspace.settings.root)]
    workspace.database.close()
    assert main(words) == 6
    assert "letter.docx!word/document.xml" in capsys.readouterr().err
    path.unlink()
    main(words)
    assert "0 hits" in capsys.readouterr().out


def test_an_archive_that_cannot_be_looked_into_is_named_and_not_taken_for_clean(tmp_path: Path) -> None:
    import zipfile

    finder = Finder(Person(("홍길동",)))
    path = tmp_path / "minutes.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("clean.txt", "Nobody is named here.")
        archive.writestr("torn.txt", "These words are about to be damaged.")
    path.write_bytes(path.read_bytes().replace(b"about to be", b"ABOUT TO BE"))
    assert list(places_in_archive(path, finder)) == ["minutes.zip!torn.txt (can't be looked into)"]
    path.write_bytes(path.read_bytes()[:40] + path.read_bytes()[-22:])
    assert list(places_in_archive(path, finder)) == ["minutes.zip (can't be looked into)"]


def test_an_encrypted_member_is_named(tmp_path: Path) -> None:
    import zipfile

    path = tmp_path / "locked.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("secret.txt", "words")
    data = bytearray(path.read_bytes())
    for header, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flag that a member is encrypted
        data[data.index(header) + at] |= 1
    path.write_bytes(bytes(data))
    assert list(places_in_archive(path, Finder(Person(("홍길동",))))) == [
        "locked.zip!secret.txt (can't be looked into)"
    ]
