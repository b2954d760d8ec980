-- What an import or a release changes: drafts side by side, what was taken back, sites that left the tree.

CREATE TABLE contract_version_new (
    contract TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    status TEXT GENERATED ALWAYS AS (body ->> '$.status') STORED
        CHECK (status IN ('draft', 'published', 'suspended', 'ended', 'withdrawn')),
    supplier TEXT GENERATED ALWAYS AS (body ->> '$.supplier') STORED REFERENCES supplier (id),
    body TEXT NOT NULL CHECK (json_valid(body)),
    -- The first day of the first release that carries it, where that was published here.
    released_from TEXT,
    -- When a person looked at the draft, in milliseconds since the Unix epoch.
    seen_at INTEGER,
    PRIMARY KEY (contract, version)
) STRICT;

INSERT INTO contract_version_new (contract, version, body) SELECT contract, version, body FROM contract_version;
DROP TABLE contract_version;
ALTER TABLE contract_version_new RENAME TO contract_version;

-- A contract has one draft for each first day; the one without an amendment is its beginning.
CREATE UNIQUE INDEX contract_draft ON contract_version (contract, coalesce(body ->> '$.amendment.effective_from', ''))
    WHERE status = 'draft';

-- A release that was announced and taken back before its first day. It is kept, as orders may pin it.
ALTER TABLE release ADD COLUMN withdrawn_at INTEGER;
-- The signature that says so to tablets.
ALTER TABLE release ADD COLUMN withdrawal BLOB CHECK (length(withdrawal) = 64);

-- A node that is no longer in the organisation's tree. It is kept with its name, its zone and its place, so that its orders
-- and tablets are still found.
ALTER TABLE location ADD COLUMN has_left INTEGER NOT NULL DEFAULT 0 CHECK (has_left IN (0, 1));
