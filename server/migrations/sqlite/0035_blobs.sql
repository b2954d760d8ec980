-- Files that other rows refer to, by the SHA-256 hash of their bytes (64 hex digits).
CREATE TABLE blob (
    hash TEXT NOT NULL PRIMARY KEY,
    length INTEGER NOT NULL CHECK (length > 0),
    created_at INTEGER NOT NULL
);

-- Uploads that have not ended.
CREATE TABLE blob_upload (
    id TEXT NOT NULL PRIMARY KEY,
    begun_at INTEGER NOT NULL
);

-- The bytes of a file in parts, so that nobody needs a whole file in memory. `owner` is the hash of
-- the file, or the upload while it has not ended.
CREATE TABLE blob_part (
    owner TEXT NOT NULL,
    number INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (owner, number)
);
