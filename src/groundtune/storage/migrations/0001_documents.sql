-- document → revision → passage, and the log of changes. What is large stands last in its row, so that the rest is read
-- without it. Ids are never given twice: a passage id that was quoted never comes to mean another passage.

CREATE TABLE documents (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    readers TEXT  -- JSON list of groups, sorted; NULL: everybody
);

CREATE TABLE revisions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_key INTEGER NOT NULL REFERENCES documents (key) ON DELETE CASCADE,
    number INTEGER NOT NULL,  -- 1 for the first
    effective_from TEXT,  -- as stated; ISO date
    effective_to TEXT,
    added_on TEXT NOT NULL,
    added_at TEXT NOT NULL,  -- UTC
    in_force_from INTEGER NOT NULL,  -- resolved over all revisions: date.toordinal(); at most one holds on any day
    in_force_to INTEGER NOT NULL,
    content_hash TEXT NOT NULL,
    language TEXT,
    title TEXT NOT NULL,
    source TEXT NOT NULL,
    metadata TEXT NOT NULL,  -- JSON object of strings
    text TEXT NOT NULL,
    UNIQUE (document_key, number)
);

CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    revision_id INTEGER NOT NULL REFERENCES revisions (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,  -- 0 for the revision's first
    start INTEGER NOT NULL,  -- characters of revisions.text
    end INTEGER NOT NULL,
    heading_path TEXT NOT NULL,  -- JSON list
    prefix TEXT NOT NULL,
    tokens TEXT NOT NULL,  -- lexical terms in order, one a line
    vector BLOB,  -- float32, little-endian
    UNIQUE (revision_id, ordinal)
);

CREATE TABLE changes (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    document_key INTEGER NOT NULL,  -- the key alone: a deleted document leaves no name behind
    kind TEXT NOT NULL CHECK (kind IN ('put', 'readers', 'delete', 'reindex')),
    mark INTEGER NOT NULL,  -- random: tells this change from one of the same number in another copy of the database
    made_at TEXT NOT NULL
);

CREATE TABLE index_format (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    embedder TEXT NOT NULL,
    dimension INTEGER NOT NULL,
    analyser TEXT NOT NULL
);
