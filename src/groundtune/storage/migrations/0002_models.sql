-- Tuned models. A version is written once and never changed; what is served is decided by the newest promotion.
CREATE TABLE model_versions (
    name        TEXT NOT NULL,
    version     INTEGER NOT NULL CHECK (version >= 1),
    kind        TEXT NOT NULL,              -- the kind of task: classify, answer
    state       TEXT NOT NULL CHECK (state IN ('ready', 'unfit')),
    state_note  TEXT NOT NULL DEFAULT '',   -- why it is unfit
    parent      INTEGER,                    -- the version that it was to replace
    base_model  TEXT NOT NULL,
    data_hash   TEXT NOT NULL,
    split_hash  TEXT NOT NULL,
    recipe      TEXT NOT NULL,              -- JSON, resolved
    seed        INTEGER NOT NULL,
    metrics     TEXT NOT NULL,              -- JSON: name → {value, low, high}
    libraries   TEXT NOT NULL,              -- JSON: name → version
    created_at  TEXT NOT NULL,              -- UTC, ISO 8601
    PRIMARY KEY (name, version)
) STRICT;

CREATE TABLE model_files (
    name    TEXT NOT NULL,
    version INTEGER NOT NULL,
    path    TEXT NOT NULL,                  -- below the version's folder
    sha256  TEXT NOT NULL,
    bytes   INTEGER NOT NULL,
    PRIMARY KEY (name, version, path),
    FOREIGN KEY (name, version) REFERENCES model_versions (name, version)
) STRICT;

CREATE TABLE model_promotions (
    number   INTEGER PRIMARY KEY,
    name     TEXT NOT NULL,
    alias    TEXT NOT NULL,
    version  INTEGER NOT NULL,
    previous INTEGER,
    kind     TEXT NOT NULL CHECK (kind IN ('promote', 'rollback')),
    who      TEXT NOT NULL,
    why      TEXT NOT NULL,
    at       TEXT NOT NULL,                 -- UTC, ISO 8601
    FOREIGN KEY (name, version) REFERENCES model_versions (name, version)
) STRICT;

CREATE INDEX model_promotions_by_alias ON model_promotions (name, alias, number);

CREATE TRIGGER model_versions_stay BEFORE UPDATE ON model_versions
BEGIN SELECT RAISE(ABORT, 'a model version is never changed'); END;

CREATE TRIGGER model_files_stay BEFORE UPDATE ON model_files
BEGIN SELECT RAISE(ABORT, 'a model version is never changed'); END;

CREATE TRIGGER model_promotions_stay BEFORE UPDATE ON model_promotions
BEGIN SELECT RAISE(ABORT, 'the promotion log is only ever added to'); END;

CREATE TRIGGER model_promotions_are_kept BEFORE DELETE ON model_promotions
BEGIN SELECT RAISE(ABORT, 'the promotion log is only ever added to'); END;
