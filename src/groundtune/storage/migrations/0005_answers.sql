-- What was asked and answered, each whole in one transaction. The answer itself is JSON of types.Answer. It goes, with
-- what a model was shown, when a document that it shows is deleted: a deleted document's words stay nowhere.
CREATE TABLE answers (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    asked_at      TEXT NOT NULL,             -- UTC, ISO 8601
    as_of         TEXT NOT NULL,
    language      TEXT NOT NULL,
    refused       INTEGER NOT NULL,
    reason_code   TEXT,
    change_number INTEGER NOT NULL,          -- the newest change of the documents when it was asked
    asked_in      TEXT,                      -- the language that the asker named
    groups        TEXT NOT NULL,             -- JSON list, sorted: those that the asker was in
    settings      TEXT NOT NULL,             -- JSON
    question      TEXT NOT NULL,
    prompt        TEXT,                      -- JSON list of messages; NULL where no chat model was asked
    body          TEXT                       -- NULL since a document that it shows was deleted
);
CREATE INDEX answers_by_time ON answers (asked_at);

-- What it shows of the documents. The key alone: a deleted document leaves no name behind.
CREATE TABLE answer_sources (
    answer_id       INTEGER NOT NULL REFERENCES answers (id) ON DELETE CASCADE,
    place           INTEGER NOT NULL,
    use             TEXT NOT NULL CHECK (use IN ('quoted', 'nearest', 'read')),  -- read: by a chat model
    document_key    INTEGER NOT NULL,
    revision_id     INTEGER NOT NULL,
    revision_number INTEGER NOT NULL,
    ordinal         INTEGER,
    start           INTEGER NOT NULL,        -- characters of the revision's text
    end             INTEGER NOT NULL,
    content_hash    TEXT NOT NULL,           -- of the revision
    PRIMARY KEY (answer_id, place)
) WITHOUT ROWID;
CREATE INDEX answer_sources_by_document ON answer_sources (document_key);
CREATE INDEX answer_sources_by_revision ON answer_sources (revision_id);

CREATE TRIGGER answers_lose_deleted_words AFTER DELETE ON revisions
BEGIN
    UPDATE answers SET body = NULL, prompt = NULL
    WHERE id IN (SELECT answer_id FROM answer_sources WHERE revision_id = old.id);
END;

-- What people said of an answer. A case or training pair comes of it only after a review.
CREATE TABLE answer_feedback (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    answer_id    INTEGER NOT NULL REFERENCES answers (id) ON DELETE CASCADE,
    given_at     TEXT NOT NULL,
    verdict      TEXT NOT NULL CHECK (verdict IN ('right', 'wrong', 'missing')),
    document_key INTEGER,                    -- of the passage that answers better
    ordinal      INTEGER,
    note         TEXT NOT NULL DEFAULT '',
    reviewed_at  TEXT,
    review       TEXT CHECK (review IN ('accepted', 'rejected'))
);
CREATE INDEX answer_feedback_by_answer ON answer_feedback (answer_id);
