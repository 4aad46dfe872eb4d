-- What was erased of persons, without saying of whom.
CREATE TABLE erasures (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    salt        BLOB NOT NULL,
    request     BLOB,            -- salted hash of what was asked for; NULL once it is finished
    begun_at    TEXT NOT NULL,
    finished_at TEXT,            -- NULL: it was interrupted, and the same command continues it
    work        TEXT,            -- JSON: what a continued run can't find out again; NULL once it is finished
    certificate TEXT             -- JSON: what was done, in counts and names of models
);

-- Salted hashes of the long lines that were erased: a file that is added again is recognised by them.
CREATE TABLE erased_texts (
    erasure INTEGER NOT NULL REFERENCES erasures (number) ON DELETE CASCADE,
    digest  BLOB NOT NULL,
    PRIMARY KEY (erasure, digest)
) WITHOUT ROWID;
