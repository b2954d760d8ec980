-- Settings of sites are documents beside orders. What refers to a document is checked when all of this is done.

PRAGMA defer_foreign_keys = ON;

CREATE TABLE document_before AS SELECT * FROM document;
DROP TABLE document;

CREATE TABLE document (
    -- UUIDv7, minted on a tablet; of a site's settings UUIDv8, made from the site.
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('order', 'site')),
    site TEXT NOT NULL,
    -- As Automerge saves it.
    bytes BLOB NOT NULL,
    -- The heads of `bytes`, as tablets are told: a JSON array of hashes.
    heads TEXT NOT NULL CHECK (json_valid(heads)),
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    -- Whether a settled order's document was saved once more, deflated.
    is_compact INTEGER NOT NULL DEFAULT 0 CHECK (is_compact IN (0, 1))
) STRICT;

INSERT INTO document (id, kind, site, bytes, heads, created_at, changed_at, is_compact)
SELECT id, kind, site, bytes, heads, created_at, changed_at, is_compact FROM document_before;
DROP TABLE document_before;

CREATE INDEX document_not_compact ON document (changed_at) WHERE NOT is_compact;
