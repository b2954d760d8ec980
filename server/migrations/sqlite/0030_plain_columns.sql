-- Columns that SQLite generated from JSON are plain now, and the server writes them. So no
-- statement looks into a body, and another engine can run the same statements.

PRAGMA defer_foreign_keys = ON;

CREATE TABLE location_before AS SELECT id, body, has_left FROM location;
DROP TABLE location;

CREATE TABLE location (
    id TEXT NOT NULL PRIMARY KEY,
    parent TEXT REFERENCES location (id) DEFERRABLE INITIALLY DEFERRED,
    name TEXT NOT NULL,
    -- The IANA time zone of a site. NULL for a node that is not a site.
    time_zone TEXT,
    -- A node that is no longer in the organisation's tree. It is kept with its name, its zone and
    -- its place, so that its orders and tablets are still found.
    has_left INTEGER NOT NULL DEFAULT 0 CHECK (has_left IN (0, 1)),
    -- The JSON of the whole location.
    body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;

INSERT INTO location (id, parent, name, time_zone, has_left, body)
SELECT id, body ->> '$.parent', body ->> '$.name', body ->> '$.site.time_zone', has_left, body
FROM location_before;
DROP TABLE location_before;

CREATE UNIQUE INDEX location_one_root ON location ((parent IS NULL)) WHERE parent IS NULL;
-- Sites below a node are looked for with every list of orders.
CREATE INDEX location_parent ON location (parent);

ALTER TABLE supplier ADD COLUMN name TEXT NOT NULL DEFAULT '';
UPDATE supplier SET name = coalesce(body ->> '$.name', '');

CREATE TABLE contract_version_new (
    contract TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    -- The status changes without the content. So this column counts, and not the status in `body`.
    status TEXT NOT NULL
        CHECK (status IN ('draft', 'published', 'suspended', 'ended', 'withdrawn')),
    supplier TEXT NOT NULL REFERENCES supplier (id),
    -- The first day of an amendment. NULL for the beginning of a contract.
    amended_from TEXT,
    -- The first day of the first release that has the version. NULL if none was published here.
    released_from TEXT,
    -- The time at which a person looked at the draft, in milliseconds since the Unix epoch.
    seen_at INTEGER,
    -- The JSON of the contract without its lines, and the JSON of its lines. Lists of contracts do
    -- not read the lines.
    body TEXT NOT NULL CHECK (json_valid(body)),
    lines TEXT NOT NULL CHECK (json_valid(lines)),
    PRIMARY KEY (contract, version)
) STRICT;

INSERT INTO contract_version_new
    (contract, version, status, supplier, amended_from, released_from, seen_at, body, lines)
SELECT contract, version, status, supplier, body ->> '$.amendment.effective_from', released_from,
    seen_at, json_set(body, '$.lines', json('[]')), body -> '$.lines'
FROM contract_version;
DROP TABLE contract_version;
ALTER TABLE contract_version_new RENAME TO contract_version;

-- A contract has one draft for each first day.
CREATE UNIQUE INDEX contract_draft ON contract_version (contract, coalesce(amended_from, ''))
    WHERE status = 'draft';
