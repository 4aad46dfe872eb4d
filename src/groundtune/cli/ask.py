"""`groundtune ask`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from groundtune.cli.output import Day, Groups, emit, json_option, open_workspace, place, reader_of, workspace_option
from groundtune.i18n import t, t_in

if TYPE_CHECKING:
    from groundtune.types import Answer, Contrast, Evidence, Hit

_SNIPPET = 160


@click.command("ask")
@click.argument("question")
@click.option("--as-of", type=Day(), default=None, help=t("Answer as of this day; by default today."))
@click.option(
    "--group", "groups", type=Groups(), multiple=True, help=t("Ask as a reader of this group; may be repeated.")
)
@click.option(
    "--model",
    default=None,
    metavar="NAME",
    help=t("A chat model, “chat” for the workspace's own, or “extractive” to quote only."),
)
@json_option
@workspace_option
def ask_command(
    question: str,
    as_of: date | None,
    groups: tuple[frozenset[str], ...],
    model: str | None,
    as_json: bool,
    workspace_path: Path | None,
) -> None:
    """Answer QUESTION from the documents, with evidence, or say that they don't answer it."""
    from groundtune.errors import UsageError
    from groundtune.types import Question

    if not question.strip():
        raise UsageError(t("The question is empty."))
    workspace = open_workspace(workspace_path)
    asked = Question(question, as_of or date.today(), reader_of(groups))
    given = workspace.answers.ask(asked, model)
    if not as_json:
        print_answer(given.answer)
    number, failure = workspace.answers.keep(given)
    if as_json:
        emit("answer/1", {"id": number, **answer_for_programs(given.answer)})
    elif number is not None:
        click.echo(
            t_in(given.answer.language, "Kept as answer {number}: groundtune answers show {number}", number=number)
        )
    if failure is not None:
        click.echo(t("The answer could not be kept: {reason}", reason=failure), err=True)


def answer_for_programs(answer: Answer) -> dict[str, Any]:
    """The answer as JSON shows it. Documented in docs/cli.md."""
    return {
        "question": answer.question,
        "as_of": answer.as_of,
        "language": answer.language,
        "answer": None if answer.refused else answer.text,
        "refused": answer.refused,
        "reason": answer.reason,
        "reason_code": answer.reason_code,
        "probability": None if answer.probability is None else round(answer.probability, 3),
        "sentences": [
            {
                "text": sentence.text,
                "support": sentence.support,
                "evidence": [_evidence(quote) for quote in sentence.evidence],
            }
            for sentence in answer.sentences
        ],
        "notices": answer.notices,
        "conflicts": [_contrast(conflict) for conflict in answer.conflicts],
        "elsewhere": [_contrast(other) for other in answer.elsewhere],
        "references": [
            {"name": one.name, "evidence": _evidence(one.evidence) if one.evidence else None}
            for one in answer.references
        ],
        "nearest": [_nearest(hit) for hit in answer.nearest],
        "model": answer.model,
        "timings_ms": dict(answer.timings_ms),
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
    }


def _evidence(quote: Evidence) -> dict[str, Any]:
    return {
        "document": quote.document_id,
        "revision": quote.revision_number,
        "title": quote.title,
        "effective_from": quote.effective_from,
        "effective_to": quote.effective_to,
        "in_force_until": quote.in_force_until,
        "passage": quote.passage,
        "heading_path": quote.heading_path,
        "clause": quote.clause,
        "authority": quote.authority,
        "scope": quote.scope,
        "locations": [{"kind": at.kind, "name": at.name} for at in quote.locations],
        "header": quote.header,
        "quote": quote.quote,
        "start": quote.start,
        "end": quote.end,
    }


def _contrast(contrast: Contrast) -> dict[str, Any]:
    return {"text": contrast.text, "evidence": [_evidence(quote) for quote in contrast.evidence]}


def _nearest(hit: Hit) -> dict[str, Any]:
    passage = hit.passage
    return {
        "document": passage.document_id,
        "revision": passage.revision_number,
        "title": passage.title,
        "passage": passage.name,
        "heading_path": passage.heading_path,
        "locations": [{"kind": at.kind, "name": at.name} for at in passage.locations],
        "score": round(hit.score, 6),
        "text": passage.text,
    }


def print_answer(answer: Answer) -> None:
    """The answer and all that frames it in the asker's language, whatever the terminal's is."""
    from groundtune.answering.sentences import pieces
    from groundtune.knowledge.locations import describe

    lang = answer.language
    if answer.refused:
        click.echo(click.style(t_in(lang, "No answer: {reason}", reason=answer.reason or ""), bold=True))
        if answer.nearest:
            click.echo(f"\n{t_in(lang, 'Nearest passages')}")
        for hit in answer.nearest:
            passage = hit.passage
            words = " ".join(piece.words for piece in pieces(passage.text))
            where = [place(passage.title, passage.heading_path), describe(passage.locations, lang)]
            click.echo(f"  {' · '.join(filter(None, where))}")
            click.echo(f"    {words[:_SNIPPET]}{'…' if len(words) > _SNIPPET else ''}")
    for sentence in answer.sentences:
        click.echo(click.style(sentence.text, bold=True))
        for quote in sentence.evidence:
            _print_quote(quote, lang)
        click.echo()
    for name, contrasts in (("Conflict", answer.conflicts), ("Elsewhere", answer.elsewhere)):
        for contrast in contrasts:
            click.echo(f"{click.style(t_in(lang, name), bold=True)}: {contrast.text}")
            for quote in contrast.evidence:
                _print_quote(quote, lang)
            click.echo()
    for reference in answer.references:
        click.echo(t_in(lang, "Refers to {name}", name=reference.name))
        if reference.evidence is None:
            click.echo(f"  {t_in(lang, 'not among the documents in force that you may read')}")
        else:
            _print_quote(reference.evidence, lang)
    if answer.references:
        click.echo()
    for notice in answer.notices:
        click.echo(f"→ {notice}")
    seconds = f"{answer.timings_ms.get('total', 0.0) / 1000:.2f}"
    click.echo(t_in(lang, "As of {day} · {model} · {seconds} s", day=answer.as_of, model=answer.model, seconds=seconds))


def _print_quote(quote: Evidence, lang: str) -> None:
    from groundtune.knowledge.clauses import beyond_headings
    from groundtune.knowledge.locations import describe

    parts = [
        place(quote.title, quote.heading_path),
        beyond_headings(quote.clause, quote.heading_path),
        describe(quote.locations, lang),
        t_in(lang, quote.authority) if quote.authority else None,
        quote.scope,
        _force(quote, lang),
    ]
    click.echo(f"  {' · '.join(filter(None, parts))}")
    if quote.header:
        click.echo(f"    {quote.header}")
    click.echo("\n".join(f"    {line}" for line in f"“{quote.quote}”".splitlines()))


def _force(quote: Evidence, lang: str) -> str:
    if quote.effective_from:
        since = t_in(lang, "in force from {day}", day=quote.effective_from)
    else:
        since = t_in(lang, "undated")
    return f"{since}, {t_in(lang, 'before {day}', day=quote.in_force_until)}" if quote.in_force_until else since
