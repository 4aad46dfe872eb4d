-- What each arm did on each case. Keyed by what the arm was shown and by everything that decides its output, so that an
-- arm is measured once. Scores are not kept here: they follow from the output and the case.
CREATE TABLE outcomes (
    task            TEXT NOT NULL,
    input_hash      TEXT NOT NULL,
    arm_fingerprint TEXT NOT NULL,
    arm             TEXT NOT NULL,
    case_id         TEXT NOT NULL,
    output          TEXT NOT NULL,  -- JSON of types.Output
    latency_ms      REAL NOT NULL,
    error           TEXT,           -- set when the arm failed; the output is then empty
    measured_at     TEXT NOT NULL,
    PRIMARY KEY (task, input_hash, arm_fingerprint)
) WITHOUT ROWID;

-- The first call of an arm, before anything is warm.
CREATE TABLE first_calls (
    task            TEXT NOT NULL,
    arm_fingerprint TEXT NOT NULL,
    latency_ms      REAL NOT NULL,
    PRIMARY KEY (task, arm_fingerprint)
) WITHOUT ROWID;

-- Each time that arms were run on a set of held-out cases.
CREATE TABLE openings (
    id            INTEGER PRIMARY KEY,
    task          TEXT NOT NULL,
    cases_hash    TEXT NOT NULL,
    manifest_hash TEXT NOT NULL,
    opened_at     TEXT NOT NULL
);
CREATE INDEX openings_by_cases ON openings (cases_hash);

-- Comparisons and the experiments beside them, whole, as they were found; rows are only ever added.
CREATE TABLE findings (
    id         INTEGER PRIMARY KEY,
    task       TEXT NOT NULL,
    kind       TEXT NOT NULL,       -- comparison, freshness, …
    found_at   TEXT NOT NULL,
    finding    TEXT NOT NULL        -- JSON
);
CREATE INDEX findings_by_task ON findings (task, kind, id);
