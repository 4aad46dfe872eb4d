-- A second index, made beside the one that answers. In one transaction it takes that one's place, or it is removed.
CREATE TABLE beside_format (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    embedder TEXT NOT NULL,
    dimension INTEGER NOT NULL,
    analyser TEXT NOT NULL,
    made_with TEXT NOT NULL  -- the program's version: another one may split otherwise
);

CREATE TABLE beside_revisions (  -- those that are done
    revision_id INTEGER PRIMARY KEY REFERENCES revisions (id) ON DELETE CASCADE
);

CREATE TABLE beside_passages (
    id INTEGER PRIMARY KEY,
    revision_id INTEGER NOT NULL REFERENCES revisions (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    heading_path TEXT NOT NULL,
    prefix TEXT NOT NULL,
    tokens TEXT NOT NULL,
    vector BLOB,
    UNIQUE (revision_id, ordinal)
);

-- What a person switched to, and what the settings said then: the later word holds.
CREATE TABLE choices (
    setting TEXT PRIMARY KEY CHECK (setting IN ('embedder', 'analyser')),
    chosen TEXT NOT NULL,
    instead_of TEXT NOT NULL,
    chosen_at TEXT NOT NULL  -- UTC
) WITHOUT ROWID;
