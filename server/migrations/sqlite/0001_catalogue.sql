-- What procurement keeps and publishes. A `body` is the JSON of the core's type of that name and the one truth: columns
-- beside it are keys, or generated from it so that the database can check and search them.

CREATE TABLE exchange_rate (
    currency TEXT NOT NULL PRIMARY KEY,
    -- What one unit is worth in the organisation's comparison currency, a canonical decimal.
    rate TEXT NOT NULL
) STRICT;

-- One row a setting: `comparison_currency`.
CREATE TABLE organisation_setting (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE location (
    id TEXT NOT NULL PRIMARY KEY,
    parent TEXT GENERATED ALWAYS AS (body ->> '$.parent') STORED
        REFERENCES location (id) DEFERRABLE INITIALLY DEFERRED,
    body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;

CREATE UNIQUE INDEX location_one_root ON location ((parent IS NULL)) WHERE parent IS NULL;

CREATE TABLE supplier (
    id TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;

CREATE TABLE item (
    id TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;

CREATE TABLE contract_version (
    contract TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    status TEXT GENERATED ALWAYS AS (body ->> '$.status') STORED
        CHECK (status IN ('Draft', 'Published', 'Suspended', 'Ended')),
    supplier TEXT GENERATED ALWAYS AS (body ->> '$.supplier') STORED REFERENCES supplier (id),
    body TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (contract, version)
) STRICT;

-- At most one version of a contract is being written.
CREATE UNIQUE INDEX contract_one_draft ON contract_version (contract) WHERE status = 'Draft';

CREATE TABLE sourcing_rule (
    id INTEGER NOT NULL PRIMARY KEY,
    body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;

CREATE TABLE tie_decision (
    winner TEXT NOT NULL,
    loser TEXT NOT NULL CHECK (loser <> winner),
    body TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (winner, loser)
) STRICT;

-- A pair is decided once, whichever way.
CREATE UNIQUE INDEX tie_decision_pair ON tie_decision (min(winner, loser), max(winner, loser));

CREATE TABLE chunk (
    -- SHA-256 of `bytes`.
    hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE release (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
    effective_from TEXT NOT NULL,
    -- Milliseconds since the Unix epoch.
    issued_at INTEGER NOT NULL,
    publisher TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- The bytes that were signed, as tablets fetch them.
    manifest BLOB NOT NULL,
    signature BLOB NOT NULL CHECK (length(signature) = 64)
) STRICT;

CREATE INDEX release_effective ON release (effective_from, number);

CREATE TABLE import_log (
    id INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    file_name TEXT NOT NULL,
    -- SHA-256 of the file.
    file_hash BLOB NOT NULL CHECK (length(file_hash) = 32),
    -- The day, UTC.
    imported_on TEXT NOT NULL,
    summary TEXT NOT NULL CHECK (json_valid(summary))
) STRICT;
