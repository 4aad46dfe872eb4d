-- Which documents each file or address last held, and by what it is known again without being read.
CREATE TABLE origins (
    origin    TEXT PRIMARY KEY,  -- an absolute path, or an address without its secrets
    signature TEXT               -- opaque; NULL: it has to be read to know
) WITHOUT ROWID;

CREATE TABLE origin_documents (
    origin       TEXT NOT NULL REFERENCES origins (origin) ON DELETE CASCADE,
    document_key INTEGER NOT NULL REFERENCES documents (key) ON DELETE CASCADE,
    PRIMARY KEY (origin, document_key)
) WITHOUT ROWID;
CREATE INDEX origin_documents_by_document ON origin_documents (document_key);

-- An origin one of whose documents was deleted is forgotten whole: it is read again, and its name does not stay behind.
CREATE TRIGGER origins_go_with_their_documents AFTER DELETE ON origin_documents
BEGIN DELETE FROM origins WHERE origin = OLD.origin; END;
