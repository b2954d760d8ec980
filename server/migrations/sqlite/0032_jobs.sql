-- Work that the server does later, and again if it fails (docs/adr/0015-jobs.md).

CREATE TABLE job (
    id INTEGER PRIMARY KEY,
    -- A newer node may enqueue kinds that an older one does not know. So no CHECK lists the kinds.
    kind TEXT NOT NULL,
    -- The same work has the same key. There is one row for each kind and key.
    key TEXT NOT NULL,
    payload TEXT NOT NULL CHECK (json_valid(payload)),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'failed', 'done', 'cancelled')),
    -- How often it was begun since it was enqueued.
    attempts INTEGER NOT NULL DEFAULT 0,
    -- How often it was ever begun. It tells a run from a later one.
    runs INTEGER NOT NULL DEFAULT 0,
    -- All times are milliseconds since the Unix epoch.
    run_at INTEGER NOT NULL,
    -- The time between two runs of work that repeats itself. NULL for other work.
    every INTEGER,
    -- The name of the server that runs it, and the end of that server's lease.
    node TEXT,
    taken_until INTEGER,
    -- Whether it was enqueued again while it ran.
    is_wanted_again INTEGER NOT NULL DEFAULT 0 CHECK (is_wanted_again IN (0, 1)),
    -- Why the last attempt failed.
    error TEXT,
    created_at INTEGER NOT NULL,
    ended_at INTEGER,
    UNIQUE (kind, key)
) STRICT;

CREATE INDEX job_waiting ON job (run_at) WHERE state = 'waiting';
CREATE INDEX job_running ON job (taken_until) WHERE state = 'running';

-- Releases that were announced before there were jobs. Tablets learn when they begin.
INSERT INTO job (kind, key, payload, state, run_at, created_at)
SELECT 'release', number || ' · ' || effective_from, 'null', 'waiting',
    unixepoch(effective_from) * 1000 - 14 * 60 * 60 * 1000, issued_at
FROM release WHERE withdrawn_at IS NULL AND effective_from >= date('now', '-1 day');
