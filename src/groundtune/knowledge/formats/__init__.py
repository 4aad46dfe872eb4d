"""One file per family of formats: bytes in, a text with Markdown headings and tables out. None knows documents."""
