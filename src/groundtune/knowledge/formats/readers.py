"""Which reader reads what: a kind told from the first bytes, made exact, to the function that reads it.

Runs in the process that reads. Knows no more of a format than its name.
"""

from __future__ import annotations

from groundtune.knowledge.formats.reading import Alive, Reading, Request


def read_path(request: Request, alive: Alive) -> Reading:
    """The reading of one file. Raises Unreadable; the libraries beneath may raise anything."""
    from groundtune.knowledge.formats import package

    kind, path, limits = request.kind, request.path, request.limits
    if kind == "zip":
        kind = package.zip_kind(path, limits)
    elif kind == "ole":
        kind = package.ole_kind(path)
    if kind == "pdf":
        from groundtune.knowledge.formats.pdf import read_pdf

        return read_pdf(path, limits, alive, structure=request.structure)
    if kind == "html":
        from groundtune.knowledge.formats.html import read_html
        from groundtune.knowledge.formats.properties import split_page

        return read_html(split_page(path)[1])
    if kind == "mail":
        from groundtune.knowledge.formats.mail import read_mail

        return read_mail(path, limits, alive)
    if kind == "epub":
        from groundtune.knowledge.formats.epub import read_epub

        return read_epub(path)
    if kind == "image":
        from groundtune.knowledge.formats.ocr import read_image

        return read_image(path, limits, alive)
    from groundtune.knowledge.formats.office import read_office

    return read_office(kind, path)
