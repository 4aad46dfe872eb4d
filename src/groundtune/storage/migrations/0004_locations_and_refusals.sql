-- Where a revision's text stands in its file: JSON, [[start, kind, name], …] in order; and what was left out of it.
ALTER TABLE revisions ADD COLUMN locations TEXT NOT NULL DEFAULT '[]';
ALTER TABLE revisions ADD COLUMN notices TEXT NOT NULL DEFAULT '[]';

-- Files and rows that did not go in when they were last looked at. A file that goes in, or is gone, leaves the list.
CREATE TABLE refusals (
    path       TEXT NOT NULL,
    line       INTEGER NOT NULL DEFAULT 0,  -- 0: the file as a whole
    reason     TEXT NOT NULL,
    sha256     TEXT,                        -- of the file; unknown when it could not or must not be read
    refused_at TEXT NOT NULL,
    PRIMARY KEY (path, line)
) WITHOUT ROWID;
